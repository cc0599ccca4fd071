//! A small page with a strict CSP, served from here, driven like ours will be.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use akashi_testkit::{Browser, Scratch};

const GOOD: &str = r#"<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>台帳</title>
<meta name="viewport" content="width=device-width"><script src="/page.js"></script></head><body><main>
<h1>台帳の検査</h1><p id="script">スクリプトなし</p>
<form action="/done"><label>名前 <input name="name" value="旧"></label>
<label>日付 <input type="date" name="day"></label>
<label>区分 <select name="kind"><option value="a">甲</option><option value="b">乙</option></select></label>
<label>ファイル <input type="file" name="file"></label><button>送る</button></form></main></body></html>"#;
const BAD: &str = r#"<!doctype html><html><head><title>x</title></head><body><img src="/x.png"><input></body></html>"#;
const SCRIPT: &str =
    "addEventListener('DOMContentLoaded', () => document.querySelector('#script').textContent = '動いた')";

/// Serves the pages for as long as the test process lives; gives the base address.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(&stream)));
    base
}

fn answer(mut stream: &TcpStream) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (kind, body) = match path {
        "/page.js" => ("text/javascript", SCRIPT.to_owned()),
        "/bad" => ("text/html", BAD.to_owned()),
        _ if path.starts_with("/done") => ("text/html", format!("<!doctype html><title>done</title><p>{path}</p>")),
        _ => ("text/html", GOOD.to_owned()),
    };
    let csp = "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'";
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Security-Policy: {csp}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    // A browser that hangs up early is not the test's business.
    let _ = stream.write_all(head.as_bytes());
}

/// Width and height stand at fixed places in a PNG.
fn png_size(file: &std::path::Path) -> (u32, u32) {
    let bytes = std::fs::read(file).unwrap();
    assert_eq!(&bytes[..4], b"\x89PNG");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[tokio::test]
async fn a_page_is_read_filled_and_sent() {
    let Some(browser) = Browser::for_story("a_page_is_read_filled_and_sent", "ja").await else { return };
    let (base, scratch) = (serve(), Scratch::new("page"));
    browser.goto(&base).await.unwrap();
    assert_eq!(browser.title().await.unwrap(), "台帳");
    assert_eq!(browser.text("#script").await.unwrap(), "動いた");
    browser.fill("[name=name]", "山田 Ωmega").await.unwrap();
    browser.fill("[name=day]", "2026-11-22").await.unwrap();
    browser.choose("[name=kind]", "b").await.unwrap();
    browser.upload("[name=file]", &scratch.file("端末.csv", "a,b")).await.unwrap();
    assert_eq!(browser.value("[name=day]").await.unwrap(), "2026-11-22");
    assert_eq!(browser.texts("option").await.unwrap().len(), 2);
    assert_eq!(browser.attribute("[name=day]", "type").await.unwrap().as_deref(), Some("date"));
    browser.follow("button").await.unwrap();
    let sent = browser.url().await.unwrap();
    assert!(sent.contains("/done?") && sent.contains("day=2026-11-22") && sent.contains("kind=b"), "{sent}");
    assert!(browser.click("#nowhere").await.unwrap_err().to_string().contains("no such element"));
}

#[tokio::test]
async fn pictures_have_the_size_asked_for() {
    let Some(browser) = Browser::for_story("pictures_have_the_size_asked_for", "en").await else { return };
    let (base, scratch) = (serve(), Scratch::new("pictures"));
    browser.goto(&base).await.unwrap();
    for (width, height) in [(1280, 800), (390, 844)] {
        let file = scratch.path().join(format!("{width}.png"));
        browser.screenshot(width, height, &file).await.unwrap();
        assert_eq!(png_size(&file), (width, height));
        browser.full_screenshot(width, &file).await.unwrap();
        assert_eq!(png_size(&file).0, width);
        assert_eq!(browser.overflow().await.unwrap(), 0);
    }
    let seen = browser.script("return [innerWidth, navigator.language]", serde_json::json!([])).await.unwrap();
    assert_eq!(seen, serde_json::json!([390, "en"]));
    let pdf = scratch.path().join("page.pdf");
    browser.print(&pdf).await.unwrap();
    assert!(std::fs::read(&pdf).unwrap().starts_with(b"%PDF"));
}

#[tokio::test]
async fn axe_passes_a_good_page_and_names_the_faults_of_a_bad_one() {
    let Some(browser) = Browser::for_story("axe", "ja").await else { return };
    let base = serve();
    browser.goto(&base).await.unwrap();
    assert_eq!(browser.axe().await.unwrap(), Vec::<String>::new());
    browser.goto(&format!("{base}/bad")).await.unwrap();
    let faults = browser.axe().await.unwrap().join("\n");
    for rule in ["image-alt", "html-has-lang", "label"] {
        assert!(faults.contains(rule), "{rule} not in {faults}");
    }
}

#[tokio::test]
async fn pages_can_be_tried_without_their_scripts() {
    let Some(browser) = Browser::for_story("without scripts", "ja").await else { return };
    let base = serve();
    browser.javascript(false).await.unwrap();
    browser.goto(&base).await.unwrap();
    assert_eq!(browser.text("#script").await.unwrap(), "スクリプトなし");
    browser.fill("[name=name]", "x").await.unwrap();
    browser.follow("button").await.unwrap();
    assert_eq!(browser.title().await.unwrap(), "done");
}
