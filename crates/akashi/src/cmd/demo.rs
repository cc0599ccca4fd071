//! `akashi demo`: a fictional hospital, built and opened.

use std::process::Stdio;

use akashi_app::account::Account;
use akashi_app::fill::{AGE, PASSWORD};
use akashi_app::service::NewHospital;
use akashi_app::{App, Ctx, Result, ctx};
use akashi_domain::Lang;
use akashi_web::ServeOptions;
use clap::{ArgMatches, Command};
use serde_json::json;

use super::{data, serve, sqlite};
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.command("架空の病院を作って開く", "Build a fictional hospital and open it")
        .arg(w.data("./akashi-demo"))
        .arg(w.bind())
        .arg(w.flag("no-open", "ブラウザを開かない", "Do not open a browser"))
        .arg(w.flag("no-serve", "作るだけで起動しない", "Build only, do not serve"))
        .arg(w.json())
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let data = data(m);
    let bind = serve::bind(m)?;
    let ctx = Ctx::local(ctx::now(), lang);
    let app = build(&data, &ctx, lang).await?;
    let accounts = app.store().accounts().await?;
    let url = format!("http://{bind}/");
    if m.get_flag("json") {
        let row = |a: &Account| json!({ "login": a.login, "password": PASSWORD, "roles": a.roles });
        out::json(
            &json!({ "url": url, "data": data.display().to_string(), "accounts": accounts.iter().map(row).collect::<Vec<_>>() }),
        )?;
    } else {
        out::say(
            lang,
            format!("架空の病院を {} に用意しました。", data.display()),
            format!("The fictional hospital is in {}.", data.display()),
        );
        for a in &accounts {
            out::line(format_args!("  {:<10} {PASSWORD}  ({})", a.login, a.name));
        }
        out::say(lang, format!("{url} を開いてください(終了は Ctrl+C)。"), format!("Open {url} (Ctrl+C ends it)."));
    }
    if m.get_flag("no-serve") {
        return Ok(out::OK);
    }
    if !m.get_flag("no-open") {
        open_browser(&url);
    }
    serve::serve(app, ServeOptions { bind, ..ServeOptions::default() }).await
}

/// A folder that holds the demo already is opened as it is.
async fn build(data: &std::path::Path, ctx: &Ctx, lang: Lang) -> Result<App> {
    let address = sqlite(data);
    if data.join("akashi.db").exists() {
        return App::open(&address, data, ctx.today()).await;
    }
    let spinner = out::spinner(lang, "架空の病院を作っています", "building the fictional hospital");
    let new =
        NewHospital {
            organisation: "架空中央病院".into(), origin: "akashi.local/demo".into(), now: ctx.now - AGE
        };
    let app = App::create(&address, data, &new, ctx.today()).await?;
    app.fill_demo(ctx).await?;
    spinner.finish_and_clear();
    Ok(app)
}

/// Opens the user's browser where there is a desktop; the address is printed in any case.
fn open_browser(url: &str) {
    let desktop = cfg!(any(windows, target_os = "macos"))
        || std::env::var_os("DISPLAY").is_some()
        || std::env::var_os("WAYLAND_DISPLAY").is_some();
    if !desktop {
        return;
    }
    let (program, args): (&str, &[&str]) = if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else if cfg!(target_os = "macos") {
        ("open", &[])
    } else {
        ("xdg-open", &[])
    };
    // No browser is no failure: the address stands on the screen.
    drop(std::process::Command::new(program).args(args).arg(url).stdout(Stdio::null()).stderr(Stdio::null()).spawn());
}
