//! What the shim noted, in the order it happened.

use std::path::Path;

use crate::Error;

/// Something that happened to the disk, or that was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A new file under a name.
    Create {
        file: u32,
        name: String,
    },
    /// A file that was there before is opened for the first time.
    Open {
        file: u32,
        name: String,
    },
    Write {
        file: u32,
        at: u64,
        bytes: Vec<u8>,
    },
    Truncate {
        file: u32,
        len: u64,
    },
    /// The file's content is on the disk.
    Sync {
        file: u32,
    },
    Rename {
        file: u32,
        from: String,
        to: String,
    },
    Unlink {
        name: String,
    },
    MakeDir {
        name: String,
    },
    /// The folder's names are on the disk; empty: the folder watched.
    SyncDir {
        name: String,
    },
    /// Bytes on standard output.
    Told(Vec<u8>),
}

/// All events of one or more processes, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    pub events: Vec<Event>,
}

impl Trace {
    /// Reads the file; a note that was cut at its end is left out.
    ///
    /// # Errors
    /// When it cannot be read.
    ///
    /// # Panics
    /// When the process did something to the disk that is not modelled.
    pub fn read(path: &Path) -> Result<Trace, Error> {
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        let mut events = Vec::new();
        let mut rest = &bytes[..];
        while let Some((head, more)) = rest.split_at_checked(21) {
            let number = |from: usize| u64::from_le_bytes(std::array::from_fn(|ix| head[from + ix]));
            let file = u32::from_le_bytes(std::array::from_fn(|ix| head[1 + ix]));
            let Some((bytes, more)) = more.split_at_checked(number(13) as usize) else { break };
            rest = more;
            events.push(event(head[0], file, number(5), bytes));
        }
        Ok(Trace { events })
    }
}

fn event(kind: u8, file: u32, number: u64, bytes: &[u8]) -> Event {
    let name = || String::from_utf8_lossy(bytes).into_owned();
    match kind {
        b'C' => Event::Create { file, name: name() },
        b'E' => Event::Open { file, name: name() },
        b'W' => Event::Write { file, at: number, bytes: bytes.to_vec() },
        b'T' => Event::Truncate { file, len: number },
        b'S' => Event::Sync { file },
        b'R' => {
            let both = name();
            let (from, to) = both.split_once('\0').unwrap_or((&both, ""));
            Event::Rename { file, from: from.into(), to: to.into() }
        }
        b'U' => Event::Unlink { name: name() },
        b'M' => Event::MakeDir { name: name() },
        b'D' => Event::SyncDir { name: name() },
        b'A' => Event::Told(bytes.to_vec()),
        _ => panic!("the process did what the disk model does not know: {}", name()),
    }
}
