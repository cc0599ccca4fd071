//! The words of the command line: which language it speaks, and how commands and options are written in both.
//! Which commands there are stands in `cmd/`.

use std::ffi::OsString;

use akashi_domain::Lang;
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

/// Picks texts of one language while the command line is built.
pub(crate) struct Words(pub(crate) Lang);

impl Words {
    pub(crate) fn t(&self, ja: &'static str, en: &'static str) -> &'static str {
        if self.0 == Lang::Ja { ja } else { en }
    }

    /// A command without its name, which it gets from the list it stands in (`cmd::commands`).
    pub(crate) fn command(&self, ja: &'static str, en: &'static str) -> Command {
        Command::new("").about(self.t(ja, en)).help_template(self.template()).disable_help_subcommand(true)
    }

    /// A command that only holds others.
    pub(crate) fn group(&self, ja: &'static str, en: &'static str) -> Command {
        self.command(ja, en).subcommand_required(true).arg_required_else_help(true)
    }

    /// A command that works on a hospital's data.
    pub(crate) fn on_data(&self, ja: &'static str, en: &'static str) -> Command {
        let database = self.option(
            "database",
            "URL",
            "postgres://… を使うとき(省略時はフォルダ内の SQLite)",
            "postgres://…; without it SQLite in the folder",
        );
        self.command(ja, en).arg(self.data("./akashi-data")).arg(database).arg(self.json())
    }

    pub(crate) fn option(&self, name: &'static str, value: &'static str, ja: &'static str, en: &'static str) -> Arg {
        Arg::new(name).long(name).value_name(value).help(self.t(ja, en))
    }

    pub(crate) fn flag(&self, name: &'static str, ja: &'static str, en: &'static str) -> Arg {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(self.t(ja, en))
    }

    /// An argument without `--` that has to be there.
    pub(crate) fn required(&self, name: &'static str, value: &'static str, ja: &'static str, en: &'static str) -> Arg {
        Arg::new(name).value_name(value).required(true).help(self.t(ja, en))
    }

    pub(crate) fn data(&self, default: &'static str) -> Arg {
        self.option("data", "DIR", "データのフォルダ", "Folder of the data").default_value(default)
    }

    pub(crate) fn bind(&self) -> Arg {
        self.option("bind", "ADDR", "待ち受けアドレス", "Address to listen on").default_value("127.0.0.1:8080")
    }

    pub(crate) fn json(&self) -> Arg {
        self.flag("json", "結果を JSON で出す", "Print the result as JSON")
    }

    /// A command and all below it with what clap would say in English by itself: headings, the flags for help and
    /// version, which values there are and which is taken when none is given.
    pub(crate) fn localised(&self, command: Command) -> Command {
        let below: Vec<Command> = command.get_subcommands().cloned().collect();
        let version = command.get_version().is_some();
        let mut command = command
            .subcommand_help_heading(self.t("コマンド", "Commands"))
            .disable_help_flag(true)
            .disable_version_flag(true)
            .arg(self.flag("help", "この説明を出す", "Print this help").short('h').action(ArgAction::Help))
            .mut_args(|arg| self.explained(arg));
        if version {
            let flag = self.flag("version", "版を出す", "Print the version").short('V').action(ArgAction::Version);
            command = command.arg(self.explained(flag));
        }
        below.into_iter().fold(command, |all, one| {
            let name = one.get_name().to_owned();
            all.mut_subcommand(name, |one| self.localised(one))
        })
    }

    /// An argument under its heading, with its values.
    fn explained(&self, arg: Arg) -> Arg {
        let heading = match arg.is_positional() {
            true => self.t("引数", "Arguments"),
            false => self.t("オプション", "Options"),
        };
        let listed = |texts: Vec<String>| Some(texts.join(", ")).filter(|list| !list.is_empty());
        let takes = arg.get_action().takes_values();
        let default = arg.get_default_values().iter().map(|v| v.to_string_lossy().into_owned()).collect();
        let values = arg.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect();
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let values = listed(values).filter(|_| takes).map(|list| format!("{}: {list}", self.t("値", "values")));
        let default = listed(default).filter(|_| takes).map(|one| format!("{}: {one}", self.t("既定", "default")));
        let more = [values, default].into_iter().flatten().map(|text| format!(" [{text}]")).collect::<String>();
        let arg = arg.help_heading(heading).help(help + &more);
        if takes { arg.hide_default_value(true).hide_possible_values(true) } else { arg }
    }

    fn template(&self) -> &'static str {
        self.t(
            "{about-with-newline}\n使い方: {usage}\n\n{all-args}{after-help}",
            "{about-with-newline}\nUsage: {usage}\n\n{all-args}{after-help}",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_can_be_asked_for() {
        let args = |texts: &[&str]| texts.iter().map(OsString::from).collect::<Vec<_>>();
        assert_eq!(language(&args(&["akashi", "--lang", "en", "check"])), Lang::En);
        assert_eq!(language(&args(&["akashi", "check", "--lang=ja"])), Lang::Ja);
    }
}
