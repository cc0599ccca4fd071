//! A file system with little room: in memory, mounted on a folder of its own, filled up and freed by the test.
//! Mounting needs root; whoever may not is told so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, programs};

/// The file that takes what room there is.
const BALLAST: &str = "ballast";
/// Bytes written at once.
const PIECE: usize = 1 << 16;

/// A small disk; unmounted and removed when dropped.
#[derive(Debug)]
pub struct SmallDisk {
    dir: PathBuf,
}

impl SmallDisk {
    /// Mounts one of `mib` MiB.
    ///
    /// # Errors
    /// When this process may not mount.
    pub fn mount(mib: u32) -> Result<SmallDisk, Error> {
        // A short path that other users may enter, as `pg` wants it.
        let dir = tempfile::Builder::new().prefix("akashi-disk-").tempdir_in("/tmp");
        let dir = dir.map_err(Error::io("make a folder below", "/tmp"))?.keep();
        let size = format!("size={mib}m,mode=0755");
        let mounted = programs::run(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "akashi-test"]).arg(&dir));
        match mounted {
            Ok(_) => Ok(SmallDisk { dir }),
            Err(why) => {
                // The folder is empty and useless now; the error matters more.
                let _ = fs::remove_dir(&dir);
                Err(why)
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// Takes all room but about `left` bytes.
    ///
    /// # Errors
    /// When the ballast cannot be written for another reason than that the disk is full.
    pub fn fill(&self, left: u64) -> Result<(), Error> {
        use std::io::Write as _;
        let path = self.dir.join(BALLAST);
        let mut file = fs::File::create(&path).map_err(Error::io("make", &path))?;
        loop {
            match file.write_all(&[0; PIECE]) {
                Ok(()) => {}
                Err(e) if e.kind() == std::io::ErrorKind::StorageFull => break,
                Err(e) => return Err(Error::io("write", &path)(e)),
            }
        }
        let whole = file.metadata().map_err(Error::io("look at", &path))?.len();
        file.set_len(whole.saturating_sub(left)).map_err(Error::io("cut", &path))
    }

    /// Gives the room back.
    ///
    /// # Errors
    /// When the ballast cannot be removed.
    pub fn free(&self) -> Result<(), Error> {
        let path = self.dir.join(BALLAST);
        fs::remove_file(&path).map_err(Error::io("remove", &path))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a server that is just stopping may still hold a file. What stays is memory of a machine for tests.
        let _ = programs::run(Command::new("umount").arg("-l").arg(&self.dir));
        let _ = fs::remove_dir(&self.dir);
    }
}

#[cfg(test)]
mod tests {
    use super::SmallDisk;

    #[test]
    fn it_runs_full_and_has_room_again() {
        let disk = match SmallDisk::mount(2) {
            Ok(disk) => disk,
            Err(why) => return crate::skip(crate::need::MOUNT, "it_runs_full_and_has_room_again", &why.to_string()),
        };
        let write = |name: &str, len: usize| std::fs::write(disk.path().join(name), vec![1; len]);
        write("a", 100_000).unwrap();
        disk.fill(50_000).unwrap();
        write("b", 20_000).unwrap();
        assert_eq!(write("c", 100_000).unwrap_err().kind(), std::io::ErrorKind::StorageFull);
        disk.free().unwrap();
        write("c", 100_000).unwrap();
        assert_eq!(std::fs::read(disk.path().join("a")).unwrap(), vec![1; 100_000]);
    }
}
