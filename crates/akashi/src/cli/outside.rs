//! Commands about the outside: anchors, stamping now, and being a witness for others.

use super::Words;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command, value_parser};

/// Options of whatever goes out to the network.
pub(super) fn network(w: &Words, command: Command) -> Command {
    command
        .arg(w.option(
            "ca",
            "FILE",
            "追加で信頼する認証局の証明書(PEM)。院内の認証局を使うとき",
            "More trusted certificates (PEM), for a CA of your own",
        ))
        .arg(w.option(
            "proxy",
            "URL",
            "外部へ出るときのプロキシ(省略時は使わない)",
            "Proxy for requests going out; none without it",
        ))
}

fn anchor_name(w: &Words) -> Arg {
    w.option("anchor", "NAME", "外部保証先の名前", "Name of the anchor").required(true)
}

fn file(w: &Words, ja: &'static str, en: &'static str) -> Arg {
    Arg::new("file").value_name("FILE").required(true).help(w.t(ja, en))
}

/// What an anchor has, whether it is new or changed.
fn settings(w: &Words, command: Command) -> Command {
    command
        .arg(w.option(
            "url",
            "URL",
            "宛先(ファイル交換だけなら省略)",
            "Where requests go; without it by file only",
        ))
        .arg(w.option(
            "trust",
            "FILE",
            "検証に使うもの: TSA はルート証明書(PEM)、立会者は鍵(1行に1つ)。変更では追加になります",
            "What answers are checked with: root certificates (PEM) of a TSA, keys of a witness, one per line; added to what is known",
        ))
        .arg(
            w.option("every", "MINUTES", "少なくとも何分ごとに頼むか", "Ask at least every so many minutes")
                .value_parser(value_parser!(u32).range(1..)),
        )
        .arg(
            w.option("after", "N", "新しい証跡が何件たまったら頼むか", "Ask when so many entries are new")
                .value_parser(value_parser!(u64).range(1..)),
        )
        .arg(w.option("policy", "OID", "TSA に求めるポリシー", "Policy a TSA has to stamp under"))
}

pub(super) fn anchor(w: &Words) -> Command {
    w.command(
        "anchor",
        "外部保証先(時刻認証局・立会者)を扱う",
        "Anchors: time-stamping authorities and witnesses outside",
    )
    .subcommand_required(true)
    .arg_required_else_help(true)
    .subcommand(w.on_data("list", "外部保証先とその状況", "Anchors and how they stand"))
    .subcommand(settings(
        w,
        w.on_data("add", "外部保証先を加える", "Add an anchor")
            .arg(w.option("name", "NAME", "名前", "Name").required(true))
            .arg(
                w.option("kind", "tsa|witness", "種類", "Kind")
                    .required(true)
                    .value_parser(PossibleValuesParser::new(["tsa", "witness"])),
            )
            .arg(w.option("key", "KEY", "立会者の鍵(--trust の代わり)", "Key of a witness, instead of --trust")),
    ))
    .subcommand(settings(
        w,
        w.on_data("change", "外部保証先の設定を変える", "Change an anchor")
            .arg(anchor_name(w))
            .arg(w.flag("off", "止める", "Switch it off").conflicts_with("on"))
            .arg(w.flag("on", "再開する", "Switch it on again")),
    ))
    .subcommand(w.on_data("key", "立会者に渡すこのログの鍵", "Keys of this log, to be given to a witness"))
    .subcommand(
        w.on_data(
            "export",
            "依頼をファイルに書き出す(ネットワークなしの運用)",
            "Write a request to a file, to be carried",
        )
        .arg(anchor_name(w))
        .arg(file(w, "書き出すファイル", "File to write")),
    )
    .subcommand(
        w.on_data("import", "持ち帰った回答を検証して取り込む", "Check and take in an answer that was carried back")
            .arg(anchor_name(w))
            .arg(file(w, "回答のファイル", "File of the answer")),
    )
    .subcommand(
        w.on_data("save", "保持している証明をファイルに書き出す", "Write a held attestation to files")
            .arg(anchor_name(w))
            .arg(
                w.option("size", "N", "何件時点のものか(省略時は最新)", "Of how many entries; the newest without it")
                    .value_parser(value_parser!(u64)),
            )
            .arg(w.option("out", "DIR", "書き出すフォルダ", "Folder to write to").default_value(".")),
    )
    .subcommand(
        w.on_data(
            "evidence",
            "保持している証明に失効リスト・OCSP応答・証明書を添える",
            "Add revocation lists, OCSP answers or certificates to a held attestation",
        )
        .arg(anchor_name(w))
        .arg(
            w.option("size", "N", "何件時点のものか(省略時は最新)", "Of how many entries; the newest without it")
                .value_parser(value_parser!(u64)),
        )
        .arg(file(w, "ファイル(PEM か DER)", "File, PEM or DER")),
    )
    .subcommand(
        w.on_data(
            "compare",
            "金庫の控え(ファイルまたは入力した行)を今のログと照合する",
            "Compare an old copy (a file, or typed lines) with the log of today",
        )
        .arg(file(w, "控えのファイル(- は標準入力)", "File of the copy; - reads standard input")),
    )
}

pub(super) fn stamp(w: &Words) -> Command {
    network(
        w,
        w.on_data("stamp", "今すぐ外部保証先に証明を頼む", "Ask the anchors for attestations now").arg(w.option(
            "anchor",
            "NAME",
            "この外部保証先だけ",
            "This anchor only",
        )),
    )
}

pub(super) fn witness(w: &Words) -> Command {
    let on_folder = |name, ja, en| {
        w.command(name, ja, en)
            .arg(w.option("data", "DIR", "立会者のフォルダ", "Folder of the witness").default_value("./akashi-witness"))
    };
    w.command("witness", "ほかの病院のログに立ち会う", "Be a witness for the logs of others")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            on_folder("init", "立会者を作る", "Make a witness")
                .arg(
                    w.option(
                        "name",
                        "NAME",
                        "署名に載る名前(例: kita.example/witness)",
                        "Name in its signatures, e.g. kita.example/witness",
                    )
                    .required(true),
                )
                .arg(w.json()),
        )
        .subcommand(on_folder("key", "立会者の公開鍵", "Public key of the witness").arg(w.json()))
        .subcommand(
            on_folder(
                "add-log",
                "立ち会うログを加える、または鍵を更新する",
                "Take a log in, or give a known one more keys",
            )
            .arg(Arg::new("key").value_name("KEY|FILE").required(true).help(w.t(
                "ログの鍵、または akashi anchor key の出力",
                "Key of the log, or a file with what akashi anchor key prints",
            )))
            .arg(Arg::new("restart").long("restart").action(ArgAction::SetTrue).help(w.t(
                "前に署名したチェックポイントを忘れる(復元したログ。相手に事情を確かめてから)",
                "Forget what was cosigned last: for a log restored from a backup, once its operator explained it",
            ))),
        )
        .subcommand(on_folder("list", "立ち会っているログ", "Logs it knows").arg(w.json()))
        .subcommand(on_folder("serve", "HTTP で立ち会う", "Serve over HTTP").arg(
            w.option("listen", "ADDR", "待ち受けアドレス", "Address to listen on").default_value("127.0.0.1:8090"),
        ))
        .subcommand(
            on_folder("sign", "運ばれてきた依頼ファイルに署名する", "Answer a request that was carried here")
                .arg(file(w, "依頼のファイル", "File of the request"))
                .arg(w.option(
                    "out",
                    "FILE",
                    "回答のファイル(省略時は 依頼.answer)",
                    "File of the answer; REQUEST.answer without it",
                ))
                .arg(w.json()),
        )
}
