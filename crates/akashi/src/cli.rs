//! The command line: which commands and options there are, in Japanese and English.

mod outside;

use std::ffi::OsString;

use akashi_domain::Lang;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};
use clap::{Arg, ArgAction, Command};

/// Returns the language of help and messages: `--lang`, `AKASHI_LANG`, the locale, else Japanese.
pub(crate) fn language(args: &[OsString]) -> Lang {
    let texts: Vec<&str> = args.iter().filter_map(|a| a.to_str()).collect();
    let given = texts.windows(2).find(|w| w[0] == "--lang").map(|w| w[1]);
    let given = given.or_else(|| texts.iter().find_map(|t| t.strip_prefix("--lang=")));
    let env = |key: &str| std::env::var(key).ok().filter(|v| !v.is_empty());
    let locale = || env("AKASHI_LANG").or_else(|| env("LC_ALL")).or_else(|| env("LC_MESSAGES")).or_else(|| env("LANG"));
    given.map(String::from).or_else(locale).and_then(|t| Lang::parse(&t)).unwrap_or_default()
}

/// Picks texts of one language while the command is built.
struct Words(Lang);

impl Words {
    fn t(&self, ja: &'static str, en: &'static str) -> &'static str {
        if self.0 == Lang::Ja { ja } else { en }
    }

    fn command(&self, name: &'static str, ja: &'static str, en: &'static str) -> Command {
        Command::new(name).about(self.t(ja, en)).help_template(self.template()).disable_help_subcommand(true)
    }

    fn template(&self) -> &'static str {
        self.t(
            "{about-with-newline}\n使い方: {usage}\n\n{all-args}{after-help}",
            "{about-with-newline}\nUsage: {usage}\n\n{all-args}{after-help}",
        )
    }

    fn option(&self, name: &'static str, value: &'static str, ja: &'static str, en: &'static str) -> Arg {
        Arg::new(name).long(name).value_name(value).help(self.t(ja, en))
    }

    fn flag(&self, name: &'static str, ja: &'static str, en: &'static str) -> Arg {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(self.t(ja, en))
    }

    fn data(&self) -> Arg {
        self.option("data", "DIR", "データのフォルダ", "Folder of the data").default_value("./akashi-data")
    }

    fn database(&self) -> Arg {
        self.option(
            "database",
            "URL",
            "postgres://… を使うとき(省略時はフォルダ内の SQLite)",
            "postgres://…; without it SQLite in the folder",
        )
    }

    fn json(&self) -> Arg {
        self.flag("json", "結果を JSON で出す", "Print the result as JSON")
    }

    /// A command that works on a hospital's data.
    fn on_data(&self, name: &'static str, ja: &'static str, en: &'static str) -> Command {
        self.command(name, ja, en).arg(self.data()).arg(self.database()).arg(self.json())
    }
}

/// Builds the whole command line in one language.
pub(crate) fn command(lang: Lang) -> Command {
    let w = Words(lang);
    w.command(
        "akashi",
        "証 Akashi — 医療情報システムの安全管理",
        "Akashi — safety management of a hospital's information systems",
    )
    .version(env!("CARGO_PKG_VERSION"))
    .subcommand_required(true)
    .arg_required_else_help(true)
    .subcommand_help_heading(w.t("コマンド", "Commands"))
    .next_help_heading(w.t("オプション", "Options"))
    .arg(
        w.option("lang", "ja|en", "表示の言語", "Language of help and messages")
            .global(true)
            .value_parser(PossibleValuesParser::new(["ja", "en"])),
    )
    .after_help(w.t(
        "終了コード: 0 成功 / 1 失敗(何も変えていません) / 2 使い方の誤り / 3 一部に要確認の行あり",
        "Exit codes: 0 done / 1 failed, nothing changed / 2 wrong usage / 3 done, some rows need a look",
    ))
    .subcommand(init(&w))
    .subcommand(demo(&w))
    .subcommand(serve(&w))
    .subcommand(import(&w))
    .subcommand(export(&w))
    .subcommand(check(&w))
    .subcommand(catalog(&w))
    .subcommand(journal(&w))
    .subcommand(backup(&w))
    .subcommand(restore(&w))
    .subcommand(prove(&w))
    .subcommand(verify(&w))
    .subcommand(dispose(&w))
    .subcommand(outside::anchor(&w))
    .subcommand(outside::stamp(&w))
    .subcommand(outside::witness(&w))
    .subcommand(account(&w))
}

fn init(w: &Words) -> Command {
    w.on_data("init", "新しい病院のデータを作る", "Make the data of a new hospital")
        .arg(
            w.option("name", "NAME", "病院の名前", "Name of the hospital")
                .required(true)
                .value_parser(NonEmptyStringValueParser::new()),
        )
        .arg(
            w.option(
                "pattern",
                "I|II|III|IV",
                "参照パターンの初期値(システムごとに変えられます)",
                "Reference pattern new systems start with",
            )
            .default_value("I")
            .value_parser(PossibleValuesParser::new(["I", "II", "III", "IV"])),
        )
        .arg(
            w.option("login", "LOGIN", "最初の企画管理者のログイン名", "Login of the first planning manager")
                .default_value("manager"),
        )
        .arg(w.option("origin", "NAME", "証跡ログの名前", "Name of the evidence log"))
}

fn demo(w: &Words) -> Command {
    w.command("demo", "架空の病院を作って開く", "Build a fictional hospital and open it")
        .arg(w.option("data", "DIR", "データのフォルダ", "Folder of the data").default_value("./akashi-demo"))
        .arg(w.option("bind", "ADDR", "待ち受けアドレス", "Address to listen on").default_value("127.0.0.1:8080"))
        .arg(w.flag("no-open", "ブラウザを開かない", "Do not open a browser"))
        .arg(w.flag("no-serve", "作るだけで起動しない", "Build only, do not serve"))
        .arg(w.json())
}

fn serve(w: &Words) -> Command {
    outside::network(w, w.on_data("serve", "画面を起動する", "Serve the web pages"))
        .arg(w.option("bind", "ADDR", "待ち受けアドレス", "Address to listen on").default_value("127.0.0.1:8080"))
        .arg(w.flag(
            "secure-cookie",
            "HTTPS の後ろで使う(Cookie に Secure を付ける)",
            "Behind HTTPS: mark cookies Secure",
        ))
        .arg(w.option(
            "log-token",
            "FILE",
            "証跡ログ(/log/)を道具から読むための合言葉のファイル",
            "File with the secret that opens the log (/log/) to other tools",
        ))
}

fn import(w: &Words) -> Command {
    w.on_data("import", "Excel・CSV の台帳を取り込む", "Import a ledger from Excel or CSV")
        .arg(w.option("register", "KEY", "台帳のキー(例: device)", "Key of the register, e.g. device").required(true))
        .arg(w.option(
            "mapping",
            "FILE",
            "列の対応(プレビューで保存した JSON)",
            "Column mapping, JSON saved by a preview",
        ))
        .arg(w.option("save-mapping", "FILE", "使った列の対応を書き出す", "Write the mapping that was used"))
        .arg(w.flag("dry-run", "試すだけで何も変えない", "Try only, change nothing"))
        .arg(Arg::new("file").value_name("FILE").num_args(1..).required(true).help(w.t("ファイル", "Files")))
}

fn export(w: &Words) -> Command {
    w.on_data("export", "台帳を Excel に書き出す", "Write a register as an Excel workbook")
        .arg(w.option("register", "KEY", "台帳のキー(省略時はすべて)", "Key of the register; all without it"))
        .arg(
            w.option("out", "PATH", "ファイル、またはフォルダ(すべての時)", "File, or folder for all")
                .default_value("."),
        )
}

fn check(w: &Words) -> Command {
    w.on_data("check", "すべての遵守事項を判定する", "Judge every compliance item")
        .arg(w.option(
            "as-of",
            "YYYY-MM-DD",
            "いつ時点で判定するか(省略時は今日)",
            "Day to judge for; today without it",
        ))
        .arg(w.option(
            "known-at",
            "TIME",
            "いつまでに記録された事実で判定するか(RFC 3339)",
            "Knowledge up to this moment (RFC 3339)",
        ))
        .arg(w.option("item", "ID", "この遵守事項だけ(例: 6.2)", "This item only, e.g. 6.2"))
}

fn catalog(w: &Words) -> Command {
    w.command("catalog", "カタログを調べる", "Look at the catalogue")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            w.command(
                "check",
                "フォルダのカタログ(または内蔵に重ねる定義)の誤りを説明する",
                "Explain the faults of a catalogue folder (or an overlay)",
            )
            .arg(
                Arg::new("dir")
                    .value_name("DIR")
                    .help(w.t("フォルダ(省略時は内蔵)", "Folder; the embedded one without it")),
            )
            .arg(w.json()),
        )
        .subcommand(w.command("list", "台帳と遵守事項の一覧", "List registers and items").arg(w.json()))
}

fn journal(w: &Words) -> Command {
    w.command("journal", "証跡ログを調べる", "Look at the evidence log")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(journal_verify(w))
        .subcommand(
            w.on_data(
                "export-tiles",
                "ログを C2SP tlog-tiles の形で書き出す(ほかの検証器で読めます)",
                "Write the log in the C2SP tlog-tiles layout, for other verifiers",
            )
            .arg(Arg::new("dir").value_name("DIR").required(true).help(w.t("書き出すフォルダ", "Folder to write to"))),
        )
        .subcommand(journal_export(w))
        .subcommand(rotate_key(w))
}

fn rotate_key(w: &Words) -> Command {
    w.on_data(
        "rotate-key",
        "ログの署名鍵を交代させる(重なりの期間は新旧の両方で署名します)",
        "Rotate the keys the log is signed with; in between old and new sign both",
    )
    .arg(
        Arg::new("end")
            .long("end")
            .action(ArgAction::SetTrue)
            .conflicts_with("at-once")
            .help(w.t("重なりの期間を終え、古い鍵を消す", "End the overlap; the old keys are wiped")),
    )
    .arg(
        Arg::new("at-once")
            .long("at-once")
            .action(ArgAction::SetTrue)
            .help(w.t("重なりなしで替える(鍵が漏れたとき)", "Without an overlap, e.g. because a key leaked")),
    )
}

fn journal_export(w: &Words) -> Command {
    w.on_data(
        "export",
        "証跡を SIEM が読める行で書き出す(内容と理由は含みません)",
        "Write the entries as lines for a SIEM; no contents, no reasons",
    )
    .arg(
        w.option(
            "format",
            "ocsf|jsonl",
            "OCSF のイベント、または証跡そのもの",
            "OCSF events, or the entries as they are",
        )
        .default_value("ocsf")
        .value_parser(PossibleValuesParser::new(["ocsf", "jsonl"])),
    )
    .arg(
        w.option("from", "INDEX", "この番号の証跡から", "From the entry of this index on")
            .default_value("0")
            .value_parser(clap::value_parser!(u64)),
    )
    .arg(w.option(
        "since",
        "TIME",
        "この時刻以降に記録された証跡だけ(RFC 3339 または日付)",
        "Only entries of then and later (RFC 3339, or a day)",
    ))
    .arg(w.option(
        "out",
        "FILE",
        "書き出すファイル(省略時は標準出力)",
        "File to write; standard output without it",
    ))
}

fn journal_verify(w: &Words) -> Command {
    w.on_data(
        "verify",
        "ログと記録のすべてを計算し直して確かめる（異常があれば終了コード 3）",
        "Recompute and check the whole log and every record (exit code 3 when something is wrong)",
    )
    .arg(Arg::new("resume").long("resume").action(ArgAction::SetTrue).help(w.t(
        "前回の検証の続きから始める（変わっていない部分の計算を省きます）",
        "Go on from the last check: what has not changed since is not recomputed",
    )))
    .arg(
        w.option(
            "known-checkpoint",
            "FILE",
            "外で控えておいたチェックポイント（複数可）。ログがその続きであることを確かめます",
            "A checkpoint kept elsewhere (may be repeated); the log must be a continuation of it",
        )
        .action(ArgAction::Append),
    )
    .arg(w.option(
        "key",
        "FILE",
        "外で控えておいた鍵のファイル。データの中の鍵の代わりに使います",
        "File of keys kept elsewhere, used instead of those in the data",
    ))
    .arg(w.option(
        "tiles",
        "DIR",
        "病院のデータの代わりに、書き出したログ（export-tiles）を確かめる",
        "Check an exported log (export-tiles) instead of a hospital's data",
    ))
}

fn passphrase(w: &Words) -> Arg {
    w.option(
        "passphrase-file",
        "FILE",
        "合言葉のファイル(または環境変数 AKASHI_PASSPHRASE)",
        "File with the passphrase, or AKASHI_PASSPHRASE",
    )
}

/// Options of whatever goes to a place of backups.
fn depot(w: &Words, command: Command) -> Command {
    command.arg(w.option(
        "s3-credentials",
        "FILE",
        "S3 の認証情報のファイル(省略時は環境変数 AWS_ACCESS_KEY_ID など)",
        "File with S3 credentials; AWS_ACCESS_KEY_ID and so on without it",
    ))
}

/// Options of whatever reads a backup.
fn from_backup(w: &Words, command: Command) -> Command {
    depot(w, command)
        .arg(
            w.option(
                "from",
                "PLACE",
                "バックアップの保存先(フォルダ、または s3://バケット/接頭辞)",
                "Place of the backups: a folder, or s3://bucket/prefix",
            )
            .required(true),
        )
        .arg(w.option(
            "keys",
            "PLACE",
            "鍵のファイル keys.age の保存先(省略時は --from と同じ)",
            "Place of keys.age; that of --from without it",
        ))
        .arg(w.option("chain", "NAME", "どのバックアップか(省略時は最新)", "Which backup; the newest without it"))
}

/// Options of whatever restores one.
fn restoring(w: &Words, command: Command) -> Command {
    from_backup(w, command)
        .arg(
            w.option(
                "known-checkpoint",
                "FILE",
                "見たことのあるチェックポイント(署名付きノート。複数可)",
                "A checkpoint somebody has seen, a signed note; may be repeated",
            )
            .action(ArgAction::Append),
        )
        .arg(w.option("key", "FILE", "署名を確かめる鍵(別に保管したもの)", "Log keys you kept elsewhere"))
        .arg(passphrase(w))
}

fn backup(w: &Words) -> Command {
    let made = w
        .on_data(
            "backup",
            "動かしたまま、暗号化したバックアップを作る(2回目からは差分)",
            "Make an encrypted backup while everything goes on; from the second on what is new",
        )
        .args_conflicts_with_subcommands(true)
        .arg(
            w.option(
                "to",
                "PLACE",
                "保存先(フォルダ、または s3://バケット/接頭辞)",
                "Where to: a folder, or s3://bucket/prefix",
            )
            .default_value("."),
        )
        .arg(w.option(
            "keys-to",
            "PLACE",
            "鍵のファイルの保存先(上書きできる別の場所を勧めます)",
            "Where the keys go: another place, that can be overwritten, is best",
        ))
        .arg(w.flag("full", "差分ではなく全体を作る", "Make a whole one"))
        .arg(
            w.option(
                "keep",
                "N",
                "残す世代の数(全体とその差分で1世代)",
                "Generations that stay: a whole one with its later pieces",
            )
            .value_parser(clap::value_parser!(u16).range(1..)),
        )
        .arg(
            w.option(
                "object-lock",
                "DAYS",
                "この日数は変更も削除もできなくする(S3)",
                "Nobody may change or remove it for so long (S3)",
            )
            .value_parser(clap::value_parser!(u16).range(1..)),
        )
        .arg(passphrase(w));
    depot(w, made)
        .subcommand(
            restoring(w, w.on_data("drill", "仮の場所に復元して検証する訓練", "Restore to a scratch place and verify"))
                .arg(w.option(
                    "storage",
                    "CODE",
                    "結果を記録する保存場所(保存場所・バックアップ台帳の番号)",
                    "Record of the storage register the result is filed in",
                ))
                .arg(w.option(
                    "scratch",
                    "DIR",
                    "仮の場所(省略時は一時フォルダ)",
                    "Scratch place; the temporary folder without it",
                )),
        )
        .subcommand(from_backup(
            w,
            w.command(
                "check",
                "世代の一覧を出し、欠けや破損を合言葉なしで調べる",
                "List the generations and look for damage, without the passphrase",
            )
            .arg(w.json()),
        ))
}

fn restore(w: &Words) -> Command {
    restoring(
        w,
        w.on_data("restore", "バックアップから復元し、すべてを検証する", "Restore a backup and verify all of it"),
    )
}

fn prove(w: &Words) -> Command {
    w.on_data(
        "prove",
        "記録1件の証明(オフラインで検証できる束)を作る",
        "Make a bundle that proves one record, to be checked offline",
    )
    .arg(
        Arg::new("record")
            .value_name("CODE|ID")
            .required(true)
            .help(w.t("記録の番号または ID", "Code or id of the record")),
    )
    .arg(
        w.option("rev", "N", "版(省略時は最新)", "Revision; the newest without it")
            .value_parser(clap::value_parser!(u32).range(1..)),
    )
    .arg(w.option(
        "out",
        "FILE",
        "書き出すファイル(省略時は 番号-rN.zip)",
        "File to write; CODE-rN.zip without it",
    ))
}

fn verify(w: &Words) -> Command {
    w.command("verify", "証明の束を検証する(データは要りません)", "Check proof bundles; needs no data")
        .arg(w.option(
            "key",
            "FILE",
            "署名を確かめる鍵(束とは別に受け取ったもの)",
            "Keys you trust, got another way than the bundle",
        ))
        .arg(
            w.option(
                "witness",
                "KEY",
                "立会者の鍵(文字列、またはそのファイル。複数可)",
                "Key of a witness, as text or in a file; may be repeated",
            )
            .action(ArgAction::Append),
        )
        .arg(w.option(
            "policy",
            "FILE",
            "立会のポリシー(C2SP tlog-policy)。定足数に届かなければ失敗",
            "Policy of witnesses (C2SP tlog-policy); a missing quorum is a failure",
        ))
        .arg(
            w.option(
                "tsa-root",
                "FILE",
                "時刻認証局のルート証明書(PEM または DER)。繰り返せます",
                "Root certificate of a time-stamping authority, PEM or DER; may be repeated",
            )
            .action(ArgAction::Append),
        )
        .arg(w.json())
        .after_help(w.t(
            "終了コード: 0 渡された鍵で検証できた / 1 失敗 / 2 使い方の誤り / 3 束の中では整合するが、鍵が渡されていない",
            "Exit codes: 0 verified with the keys given / 1 failed / 2 wrong usage / 3 consistent, but no keys were given",
        ))
        .arg(w.option(
            "page",
            "FILE",
            "検証ページ(HTML 1 つ)を書き出す",
            "Write the verifier page for browsers, one HTML file",
        ))
        .arg(Arg::new("bundle").value_name("BUNDLE").num_args(1..).required_unless_present("page").help(w.t("束", "Bundles")))
}

/// Options of who decides: an account, else whoever has the data folder.
fn as_account(w: &Words, command: Command) -> Command {
    command
        .arg(w.option("login", "LOGIN", "この利用者として行う", "Act as this account"))
        .arg(w.option(
            "password-file",
            "FILE",
            "パスワードのファイル(または環境変数 AKASHI_PASSWORD)",
            "File with its password, or AKASHI_PASSWORD",
        ))
        .arg(w.option("reason", "TEXT", "理由", "Reason"))
}

fn dispose(w: &Words) -> Command {
    let disposal = || {
        Arg::new("disposal")
            .value_name("DSP-…|ID")
            .required(true)
            .help(w.t("廃棄の番号または ID", "Number or id of the disposal"))
    };
    w.command("dispose", "保存期間が終わった記録を廃棄する", "Dispose of records whose time is over")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            w.on_data(
                "list",
                "廃棄の一覧。--register でその台帳の記録の保存期限を示す",
                "List disposals; with --register how long its records are kept",
            )
            .arg(w.option("register", "KEY", "台帳のキー", "Key of a register")),
        )
        .subcommand(as_account(
            w,
            w.on_data("propose", "記録の廃棄を申請する", "Propose to dispose of records")
                .arg(w.option("subject", "TEXT", "件名", "Subject"))
                .arg(
                    Arg::new("record")
                        .value_name("CODE|ID")
                        .num_args(1..)
                        .required(true)
                        .help(w.t("記録の番号または ID", "Numbers or ids of records")),
                ),
        ))
        .subcommand(as_account(
            w,
            w.on_data(
                "approve",
                "申請された廃棄を承認する(申請した人とは別の人)",
                "Approve a disposal somebody else proposed",
            )
            .arg(disposal()),
        ))
        .subcommand(as_account(
            w,
            w.on_data(
                "run",
                "承認された廃棄を実行する。元に戻せません",
                "Carry out an approved disposal. It cannot be undone",
            )
            .arg(disposal())
            .arg(w.flag("yes", "元に戻せないことを理解した", "I know that it cannot be undone")),
        ))
}

fn account(w: &Words) -> Command {
    w.command("account", "利用者を管理する", "Manage accounts")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            w.on_data("add", "利用者を加える(初回パスワードを表示)", "Add an account; prints its first password")
                .arg(w.option("login", "LOGIN", "ログイン名", "Login").required(true))
                .arg(w.option("name", "NAME", "氏名", "Name").required(true))
                .arg(
                    w.option("role", "ROLE", "役割(複数可)", "Role; may be repeated")
                        .required(true)
                        .action(ArgAction::Append),
                ),
        )
        .subcommand(w.on_data("list", "利用者の一覧", "List accounts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed_in_both_languages() {
        for lang in [Lang::Ja, Lang::En] {
            command(lang).debug_assert();
        }
    }

    #[test]
    fn the_language_can_be_asked_for() {
        let args = |texts: &[&str]| texts.iter().map(OsString::from).collect::<Vec<_>>();
        assert_eq!(language(&args(&["akashi", "--lang", "en", "check"])), Lang::En);
        assert_eq!(language(&args(&["akashi", "check", "--lang=ja"])), Lang::Ja);
    }
}
