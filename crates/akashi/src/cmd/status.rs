//! `akashi status`: how the installation stands and what is late, for people and for monitoring.

use akashi_app::Result;
use akashi_app::status::{AnchorState, Level, Status};
use akashi_domain::Lang;
use akashi_domain::verdict::explain::instant;
use clap::{ArgMatches, Command};

use super::open;
use crate::out;
use crate::words::Words;

pub(super) fn command(w: &Words) -> Command {
    w.on_data(
        "運用状態を示す: バックアップ・訓練・署名・外部保証で遅れているもの(あれば終了コード 3)",
        "Show how the installation stands: what is late with backups, drills, signatures, anchors (then exit code 3)",
    )
}

pub(super) async fn run(m: &ArgMatches, lang: Lang) -> Result<u8> {
    let (app, ctx) = open(m, lang).await?;
    let status = app.status(&ctx).await?;
    if m.get_flag("json") {
        out::json(&status)?;
    } else {
        tell(lang, &status);
    }
    // What is merely worth knowing is no reason to wake somebody.
    let late = status.concerns.iter().any(|c| c.level != Level::Low);
    Ok(if late { out::PARTLY } else { out::OK })
}

fn tell(lang: Lang, status: &Status) {
    let Status { organisation, version, database, log, backup, .. } = status;
    let newest = log.checkpoint.map_or_else(|| "-".to_owned(), |c| format!("{} ({})", c.size, instant(c.at)));
    out::say(
        lang,
        format!("{organisation} — Akashi {version}、{}({} バイト)", database.kind, database.bytes),
        format!("{organisation} — Akashi {version}, {} ({} bytes)", database.kind, database.bytes),
    );
    out::say(
        lang,
        format!("証跡 {} 件、最新のチェックポイント {newest}、署名待ち {} 件", log.entries, log.behind),
        format!("{} entries, newest checkpoint {newest}, {} wait for a signature", log.entries, log.behind),
    );
    if let Some(last) = &backup.backup {
        let (at, place, n) = (instant(last.at), &last.place, backup.unsaved);
        out::say(
            lang,
            format!("バックアップ {at} {place}、まだ入っていない証跡 {n} 件"),
            format!("Backup {at} {place}, {n} entries not in it yet"),
        );
    }
    if let Some(last) = &backup.drill {
        let (at, ok) = (instant(last.at), last.ok);
        let (ja, en) = if ok { ("成功", "everything came back") } else { ("失敗", "failed") };
        out::say(lang, format!("復元訓練 {at} {ja}"), format!("Drill {at}, {en}"));
    }
    status.anchors.iter().for_each(|a| anchor(lang, a));
    for c in &status.concerns {
        let mark = if c.level == Level::High { "×" } else { "!" };
        out::line(format_args!("{mark} {}\n  → {}", c.what.get(lang), c.next.get(lang)));
    }
    if status.concerns.is_empty() {
        out::say(lang, "遅れているものはありません。", "Nothing is late.");
    }
}

fn anchor(lang: Lang, a: &AnchorState) {
    let held = a.held.map_or_else(|| "-".to_owned(), |held| format!("{} ({})", held.size, instant(held.at)));
    out::say(
        lang,
        format!("外部保証「{}」: 証明 {held}、待っている依頼 {}", a.name, a.waiting),
        format!("Anchor “{}”: attested {held}, {} waiting", a.name, a.waiting),
    );
}
