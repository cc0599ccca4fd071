//! The disk as events leave it: what is surely on it, what may be, and the images power loss can make of both.
//!
//! Strict: content lasts from the file's own sync on, a name from its folder's. What was not synced may be there in
//! any part: each sector of 512 bytes as of another moment, each name or not. Writes leave neighbouring bytes alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::dice::Dice;
use super::trace::Event;
use crate::Error;

/// Bytes a disk writes whole or not at all.
const SECTOR: usize = 512;

/// How much of what was not synced is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// All of it.
    All,
    /// Nothing: a killed process, not a lost disk.
    Nothing,
    /// Everything after a random moment, per file.
    Tail,
    /// Each sector as of a random moment, each name or not.
    Torn,
}

/// A disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    files: BTreeMap<u32, File>,
    /// Names that are surely there.
    names: BTreeMap<String, u32>,
    folders: BTreeSet<String>,
    /// Changes of names, with the folder whose sync makes them last.
    pending: Vec<(String, Change)>,
    next: u32,
    /// The process' numbers of files, by name while it runs.
    ours: BTreeMap<u32, u32>,
}

#[derive(Clone, Debug, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Write>,
}

#[derive(Clone, Debug)]
enum Write {
    Bytes(u64, Vec<u8>),
    Len(u64),
}

#[derive(Clone, Debug)]
enum Change {
    Add(String, u32),
    Remove(String),
    Move(String, String, u32),
    Folder(String),
}

/// The files of a disk after power loss, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    pub files: BTreeMap<String, Vec<u8>>,
    pub folders: BTreeSet<String>,
}

impl Disk {
    /// A disk on which everything now in `folder` surely is.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn of_folder(folder: &Path) -> Result<Disk, Error> {
        let mut disk = Disk { next: 1, ..Disk::default() };
        disk.take_in(folder, "")?;
        Ok(disk)
    }

    fn take_in(&mut self, root: &Path, below: &str) -> Result<(), Error> {
        let at = root.join(below);
        for entry in std::fs::read_dir(&at).map_err(Error::io("read", &at))?.flatten() {
            let own = entry.file_name().to_string_lossy().into_owned();
            let name = if below.is_empty() { own } else { format!("{below}/{own}") };
            if entry.path().is_dir() {
                self.folders.insert(name.clone());
                self.take_in(root, &name)?;
            } else if !name.ends_with("-shm") {
                let durable = std::fs::read(entry.path()).map_err(Error::io("read", entry.path()))?;
                self.names.insert(name, self.next);
                self.files.insert(self.next, File { durable, pending: Vec::new() });
                self.next += 1;
            }
        }
        Ok(())
    }

    /// A process begins: its numbers of files are its own.
    pub fn process(&mut self) {
        self.ours.clear();
    }

    /// Lets something happen.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Create { file, name } => {
                let new = self.next;
                self.next += 1;
                self.files.insert(new, File::default());
                self.ours.insert(*file, new);
                self.change(name, Change::Add(name.clone(), new));
            }
            Event::Open { file, name } => {
                let known = self.present().get(name).copied();
                let known = known.unwrap_or_else(|| panic!("{name} was opened but is not on the disk"));
                self.ours.insert(*file, known);
            }
            Event::Write { file, at, bytes } => self.file(*file).pending.push(Write::Bytes(*at, bytes.clone())),
            Event::Truncate { file, len } => self.file(*file).pending.push(Write::Len(*len)),
            Event::Sync { file } => self.file(*file).settle(),
            Event::Rename { file, from, to } => {
                let file = self.ours.get(file).copied().or_else(|| self.present().get(from).copied());
                if let Some(file) = file {
                    self.change(to, Change::Move(from.clone(), to.clone(), file));
                }
            }
            Event::Unlink { name } => self.change(name, Change::Remove(name.clone())),
            Event::MakeDir { name } => self.change(name, Change::Folder(name.clone())),
            Event::SyncDir { name } => self.settle_names(name),
            Event::Told(_) => {}
        }
    }

    fn file(&mut self, number: u32) -> &mut File {
        let own = self.ours.get(&number).copied().unwrap_or_default();
        self.files.get_mut(&own).unwrap_or_else(|| panic!("file {number} was never opened"))
    }

    fn change(&mut self, name: &str, change: Change) {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        self.pending.push((folder.to_owned(), change));
    }

    fn settle_names(&mut self, folder: &str) {
        for (place, change) in std::mem::take(&mut self.pending) {
            if place == folder {
                change.make(&mut self.names, &mut self.folders);
            } else {
                self.pending.push((place, change));
            }
        }
    }

    /// Names as a running process sees them.
    fn present(&self) -> BTreeMap<String, u32> {
        let (mut names, mut folders) = (self.names.clone(), self.folders.clone());
        self.pending.iter().for_each(|(_, change)| change.make(&mut names, &mut folders));
        names
    }

    /// What is on the disk after power was lost now.
    pub fn lose_power(&self, loss: Loss, dice: &mut Dice) -> Image {
        let (mut names, mut folders) = (self.names.clone(), self.folders.clone());
        let until = match loss {
            Loss::All => 0,
            Loss::Nothing | Loss::Torn => self.pending.len(),
            Loss::Tail => dice.below(self.pending.len() + 1),
        };
        for (_, change) in &self.pending[..until] {
            if loss != Loss::Torn || dice.one_in(2) {
                change.make(&mut names, &mut folders);
            }
        }
        let inside = |name: &str| name.rsplit_once('/').is_none_or(|(folder, _)| folders.contains(folder));
        let kept = names.into_iter().filter(|(name, _)| inside(name));
        let files = kept.map(|(name, file)| (name, self.files[&file].after(loss, dice))).collect();
        Image { files, folders }
    }
}

impl Change {
    fn make(&self, names: &mut BTreeMap<String, u32>, folders: &mut BTreeSet<String>) {
        match self {
            Change::Add(name, file) => drop(names.insert(name.clone(), *file)),
            Change::Remove(name) => drop(names.remove(name)),
            Change::Move(from, to, file) => {
                if names.get(from) == Some(file) {
                    names.remove(from);
                }
                names.insert(to.clone(), *file);
            }
            Change::Folder(name) => drop(folders.insert(name.clone())),
        }
    }
}

impl File {
    fn settle(&mut self) {
        self.durable = self.as_of(|_| usize::MAX, usize::MAX);
        self.pending.clear();
    }

    fn after(&self, loss: Loss, dice: &mut Dice) -> Vec<u8> {
        let all = self.pending.len();
        match loss {
            Loss::All => self.durable.clone(),
            Loss::Nothing => self.as_of(|_| usize::MAX, usize::MAX),
            Loss::Tail => {
                let until = dice.below(all + 1);
                self.as_of(|_| until, until)
            }
            Loss::Torn => {
                let salt = dice.number();
                let len = dice.below(all + 1);
                // Half of the sectors are quite old or quite new: whole runs of them usually are.
                let moment = |sector: usize| {
                    let mut dice = Dice::new(salt ^ (sector as u64).wrapping_mul(0x9e37_79b9));
                    match dice.below(4) {
                        0 => 0,
                        1 => all,
                        _ => dice.below(all + 1),
                    }
                };
                self.as_of(moment, len)
            }
        }
    }

    /// The content with each sector as of the write before `moment(sector)`, and the length as of the one before `len`.
    fn as_of(&self, moment: impl Fn(usize) -> usize, len: usize) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        let mut size = bytes.len();
        for (ix, write) in self.pending.iter().enumerate() {
            match write {
                Write::Bytes(at, new) => {
                    let (at, end) = (*at as usize, *at as usize + new.len());
                    if bytes.len() < end {
                        bytes.resize(end, 0);
                    }
                    for sector in at / SECTOR..end.div_ceil(SECTOR) {
                        if ix < moment(sector) {
                            let (from, until) = (at.max(sector * SECTOR), end.min((sector + 1) * SECTOR));
                            bytes[from..until].copy_from_slice(&new[from - at..until - at]);
                        }
                    }
                    if ix < len {
                        size = size.max(end);
                    }
                }
                Write::Len(to) => {
                    let to = *to as usize;
                    if ix < len {
                        size = to;
                        bytes.iter_mut().skip(to).for_each(|byte| *byte = 0);
                    }
                }
            }
        }
        bytes.resize(size, 0);
        bytes
    }
}

impl Image {
    /// Writes the files into an empty folder.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn write_to(&self, folder: &Path) -> Result<(), Error> {
        for name in &self.folders {
            let path = folder.join(name);
            std::fs::create_dir_all(&path).map_err(Error::io("make the folder", &path))?;
        }
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            std::fs::write(&path, bytes).map_err(Error::io("write", &path))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(events: &[Event]) -> Disk {
        let mut disk = Disk { next: 1, ..Disk::default() };
        events.iter().for_each(|event| disk.apply(event));
        disk
    }

    fn create(file: u32, name: &str) -> Event {
        Event::Create { file, name: name.into() }
    }

    fn write(file: u32, at: u64, bytes: &[u8]) -> Event {
        Event::Write { file, at, bytes: bytes.to_vec() }
    }

    fn root() -> Event {
        Event::SyncDir { name: String::new() }
    }

    fn lost(events: &[Event], loss: Loss, seed: u64) -> BTreeMap<String, Vec<u8>> {
        disk(events).lose_power(loss, &mut Dice::new(seed)).files
    }

    #[test]
    fn only_what_was_synced_surely_stays() {
        let events = [create(1, "a"), write(1, 0, b"one"), Event::Sync { file: 1 }, write(1, 0, b"two")];
        assert!(lost(&events, Loss::All, 1).is_empty(), "its name was not synced");
        assert_eq!(lost(&events, Loss::Nothing, 1)["a"], b"two");
        let named = [&events[..], &[root()]].concat();
        assert_eq!(lost(&named, Loss::All, 1)["a"], b"one");
        let seen: BTreeSet<_> = (0..40).map(|seed| lost(&named, Loss::Torn, seed)["a"].clone()).collect();
        assert_eq!(seen, BTreeSet::from([b"one".to_vec(), b"two".to_vec()]));
    }

    #[test]
    fn a_file_put_in_the_place_of_another_is_one_of_them() {
        let events = [
            create(1, "a"),
            write(1, 0, b"old"),
            Event::Sync { file: 1 },
            root(),
            create(2, ".a"),
            write(2, 0, b"new"),
            Event::Sync { file: 2 },
            Event::Rename { file: 2, from: ".a".into(), to: "a".into() },
        ];
        assert_eq!(lost(&events, Loss::All, 1)["a"], b"old");
        let last = [&events[..], &[root()]].concat();
        assert_eq!(lost(&last, Loss::All, 1), BTreeMap::from([("a".to_owned(), b"new".to_vec())]));
        let mut gone = events.to_vec();
        gone.push(Event::Unlink { name: "a".into() });
        assert_eq!(lost(&gone, Loss::All, 1)["a"], b"old");
        assert!(lost(&gone, Loss::Nothing, 1).is_empty());
    }

    #[test]
    fn sectors_are_torn_apart() {
        let old = vec![1; 4 * SECTOR];
        let events =
            [create(1, "a"), write(1, 0, &old), Event::Sync { file: 1 }, root(), write(1, 0, &vec![2; 4 * SECTOR])];
        let torn = (0..40).map(|seed| lost(&events, Loss::Torn, seed)["a"].clone());
        let mixed = torn.filter(|bytes| bytes.contains(&1) && bytes.contains(&2)).collect::<Vec<_>>();
        assert!(mixed.len() > 10);
        assert!(mixed.iter().all(|b| b.as_chunks::<SECTOR>().0.iter().all(|s| s.iter().all(|x| *x == s[0]))));
    }

    #[test]
    fn a_shortened_file_shows_nothing_old_behind_its_end() {
        let events = [
            create(1, "a"),
            write(1, 0, &[1; 2000]),
            Event::Sync { file: 1 },
            root(),
            Event::Truncate { file: 1, len: 0 },
            write(1, 1000, &[2; 500]),
        ];
        assert_eq!(lost(&events, Loss::Nothing, 1)["a"], [vec![0; 1000], vec![2; 500]].concat());
    }
}
