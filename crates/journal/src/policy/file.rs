//! The policy file: `log`, `witness`, `group` and `quorum` lines, comments and empty lines.
//! Stricter than the specification in one place: names and URLs have to be UTF-8 (comments need not).

use super::{Group, KnownLog, KnownWitness, MAX_RULES, Member, Policy};
use crate::note::{Algorithm, KeyError, VerifierKey};
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

/// A policy file that cannot be used. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A control character other than tab and newline, or bytes that are not UTF-8 outside a comment.
    #[error("line {line} of the policy holds a control character or is not UTF-8")]
    Characters { line: usize },
    /// The file does not end in a newline.
    #[error("the last line of the policy is not ended by a newline; the file may be cut")]
    Cut,
    /// Not one of the four kinds of line, or with too few or too many words.
    #[error("line {line} of the policy: expected {expected}")]
    Shape { line: usize, expected: &'static str },
    /// A key.
    #[error("line {line} of the policy: {fault}")]
    Key { line: usize, fault: KeyError },
    /// A key of the wrong kind for a log or a witness.
    #[error("line {line} of the policy: a key of that kind (type 0x{kind:02x}) cannot sign as a {role}")]
    Kind { line: usize, kind: u8, role: &'static str },
    /// The same public key twice, perhaps under two names: it would count twice.
    #[error("line {line} of the policy: this public key is listed before")]
    SameKey { line: usize },
    /// A name given twice, or `none`.
    #[error("line {line} of the policy: the name {name:?} is taken")]
    NameTaken { line: usize, name: String },
    /// A name that no line before defines.
    #[error("line {line} of the policy: {name:?} is not defined on a line before")]
    Unknown { line: usize, name: String },
    /// A member of two groups, or twice of one: it would count twice.
    #[error("line {line} of the policy: {name:?} is a member of a group already")]
    MemberTwice { line: usize, name: String },
    /// A threshold that is not a number from 1 to the number of members.
    #[error("line {line} of the policy: a group of {members} needs all, any or a number from 1 to {members}")]
    Threshold { line: usize, members: usize },
    /// More than one, or none.
    #[error("a policy has exactly one quorum line{}", line.map_or(String::new(), |line| format!("; line {line} is a second one")))]
    Quorum { line: Option<usize> },
    /// More than [`MAX_RULES`].
    #[error("line {line} of the policy: more than {MAX_RULES} definitions of one kind")]
    TooMany { line: usize },
}

impl Policy {
    /// Reads a policy file.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        let mut reader = Reader::default();
        let lines = if bytes.is_empty() { Some(bytes) } else { bytes.strip_suffix(b"\n") };
        for (place, line) in lines.ok_or(PolicyError::Cut)?.split(|byte| *byte == b'\n').enumerate() {
            reader.line = place + 1;
            reader.read(line)?;
        }
        let quorum = reader.quorum.ok_or(PolicyError::Quorum { line: None })?;
        Ok(Self { logs: reader.logs, members: reader.members, quorum })
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Self::parse(text.as_bytes())
    }
}

/// What is read so far.
#[derive(Default)]
struct Reader {
    line: usize,
    logs: Vec<KnownLog>,
    members: Vec<Member>,
    places: HashMap<String, usize>,
    /// Which members are in a group.
    taken: Vec<bool>,
    quorum: Option<Option<usize>>,
}

impl Reader {
    fn read(&mut self, line: &[u8]) -> Result<(), PolicyError> {
        if line.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f) {
            return Err(PolicyError::Characters { line: self.line });
        }
        if line.trim_ascii_start().first().is_none_or(|byte| *byte == b'#') {
            return Ok(());
        }
        let text = std::str::from_utf8(line).map_err(|_| PolicyError::Characters { line: self.line })?;
        let words: Vec<_> = text.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        match words[..] {
            ["log", key] => self.log(key, None),
            ["log", key, url] => self.log(key, Some(url)),
            ["witness", name, key] => self.witness(name, key, None),
            ["witness", name, key, url] => self.witness(name, key, Some(url)),
            ["group", name, needed, ref members @ ..] if !members.is_empty() => self.group(name, needed, members),
            ["quorum", name] => self.set_quorum(name),
            _ => Err(PolicyError::Shape {
                line: self.line,
                expected: "log <key> [<url>], witness <name> <key> [<url>], group <name> all|any|<number> <name>... or quorum <name>|none",
            }),
        }
    }

    fn log(&mut self, key: &str, url: Option<&str>) -> Result<(), PolicyError> {
        let key = self.key(key, "log", |kind| kind != Algorithm::CosignatureV1)?;
        if self.logs.iter().any(|known| known.key.public() == key.public()) {
            return Err(PolicyError::SameKey { line: self.line });
        }
        if self.logs.len() == MAX_RULES {
            return Err(PolicyError::TooMany { line: self.line });
        }
        self.logs.push(KnownLog { key, url: url.map(str::to_owned) });
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str, url: Option<&str>) -> Result<(), PolicyError> {
        let key = self.key(key, "witness", |kind| kind != Algorithm::Ed25519)?;
        let same = |member: &Member| matches!(member, Member::Witness(known) if known.key.public() == key.public());
        if self.members.iter().any(same) {
            return Err(PolicyError::SameKey { line: self.line });
        }
        let url = url.map(str::to_owned);
        self.define(name, Member::Witness(Box::new(KnownWitness { name: name.to_owned(), key, url })))
    }

    fn key(&self, text: &str, role: &'static str, fits: fn(Algorithm) -> bool) -> Result<VerifierKey, PolicyError> {
        let line = self.line;
        let key: VerifierKey = text.parse().map_err(|fault| PolicyError::Key { line, fault })?;
        if fits(key.algorithm()) { Ok(key) } else { Err(PolicyError::Kind { line, kind: key.algorithm() as u8, role }) }
    }

    fn group(&mut self, name: &str, needed: &str, names: &[&str]) -> Result<(), PolicyError> {
        let needed = match needed {
            "all" => Some(names.len()),
            "any" => Some(1),
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok(),
            _ => None,
        };
        let needed = needed.filter(|needed| (1..=names.len()).contains(needed));
        let needed = needed.ok_or(PolicyError::Threshold { line: self.line, members: names.len() })?;
        let members = names.iter().map(|name| self.join(name)).collect::<Result<_, _>>()?;
        self.define(name, Member::Group(Group { name: name.to_owned(), needed, members }))
    }

    /// The place of a member, which is from now on in a group.
    fn join(&mut self, name: &str) -> Result<usize, PolicyError> {
        let place = self.place(name)?;
        if std::mem::replace(&mut self.taken[place], true) {
            return Err(PolicyError::MemberTwice { line: self.line, name: name.to_owned() });
        }
        Ok(place)
    }

    fn define(&mut self, name: &str, member: Member) -> Result<(), PolicyError> {
        if name == "none" || self.places.contains_key(name) {
            return Err(PolicyError::NameTaken { line: self.line, name: name.to_owned() });
        }
        if self.members.len() == MAX_RULES {
            return Err(PolicyError::TooMany { line: self.line });
        }
        self.places.insert(name.to_owned(), self.members.len());
        self.members.push(member);
        self.taken.push(false);
        Ok(())
    }

    fn set_quorum(&mut self, name: &str) -> Result<(), PolicyError> {
        if self.quorum.is_some() {
            return Err(PolicyError::Quorum { line: Some(self.line) });
        }
        self.quorum = Some(if name == "none" { None } else { Some(self.place(name)?) });
        Ok(())
    }

    fn place(&self, name: &str) -> Result<usize, PolicyError> {
        let unknown = || PolicyError::Unknown { line: self.line, name: name.to_owned() };
        self.places.get(name).copied().ok_or_else(unknown)
    }
}

/// The file; what is read from it is the same policy.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = |url: &Option<String>| url.as_ref().map_or(String::new(), |url| format!(" {url}"));
        for log in &self.logs {
            writeln!(f, "log {}{}", log.key, url(&log.url))?;
        }
        for member in &self.members {
            match member {
                Member::Witness(witness) => {
                    writeln!(f, "witness {} {}{}", witness.name, witness.key, url(&witness.url))?
                }
                Member::Group(group) => {
                    write!(f, "group {} {}", group.name, group.needed)?;
                    group.members.iter().try_for_each(|place| write!(f, " {}", self.members[*place].name()))?;
                    writeln!(f)?;
                }
            }
        }
        writeln!(f, "quorum {}", self.quorum().unwrap_or("none"))
    }
}
