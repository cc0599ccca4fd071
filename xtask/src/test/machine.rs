//! What the tests need from the machine, and getting it from Debian's packages when it is not there.
//! Says what it installs. Whatever is still missing afterwards fails the run: an untested half must not look green.

use std::path::{Path, PathBuf};
use std::process::Command;

use akashi_testkit::need::{BROWSER, OPENSSL, POSTGRES, PYTHON, SHARED};
use akashi_testkit::{browser, pg, python, shared_dir};

use super::watch;

/// One thing needed: what for, where it was found, and the packages that bring it.
struct Need {
    name: &'static str,
    purpose: &'static str,
    packages: &'static [&'static str],
    find: fn() -> Option<PathBuf>,
}

const NEEDS: [Need; 6] = [
    Need { name: "C compiler", purpose: "builds SQLite", packages: &["gcc", "libc6-dev"], find: || on_path("cc") },
    Need {
        name: POSTGRES,
        purpose: "stories run on both databases",
        packages: &["postgresql"],
        find: || pg::programs_dir().ok(),
    },
    Need {
        name: BROWSER,
        purpose: "journeys run in a real Chromium",
        packages: &["chromium", "chromium-driver"],
        find: || browser::found().ok(),
    },
    Need {
        name: PYTHON,
        purpose: "other people's code checks our files (PyPI), and an S3 server",
        packages: &["python3-venv"],
        find: || python::environment().ok(),
    },
    Need {
        name: OPENSSL,
        purpose: "makes time stamps and checks ours",
        packages: &["openssl"],
        find: || on_path("openssl"),
    },
    Need {
        name: "Japanese font",
        purpose: "screenshots show text, not boxes",
        packages: &["fonts-ipafont-gothic"],
        find: || japanese_font(Path::new("/usr/share/fonts")),
    },
];

/// Looks for everything, installs what is missing (as root, unless told not to); `true` when all is there.
pub(crate) fn prepare(install: bool) -> bool {
    let missing: Vec<&str> =
        NEEDS.iter().filter(|need| !report(need)).flat_map(|need| need.packages).copied().collect();
    let shared = shared_dir();
    println!(
        "samples: {}",
        shared.map_or("no shared/ here; what needs it is skipped".to_owned(), |at| at.display().to_string())
    );
    if missing.is_empty() {
        return true;
    }
    if !install {
        println!("not installed, as asked; tests that need these are skipped: {}", missing.join(" "));
        return true;
    }
    println!("installing Debian packages: {}", missing.join(" "));
    apt_install(&missing);
    let still = NEEDS.iter().filter(|need| !report(need)).count();
    still == 0
}

/// What tests must not skip on this machine, by the names they use.
pub(crate) fn present() -> Vec<&'static str> {
    let names = [POSTGRES, BROWSER, PYTHON, OPENSSL];
    let found = NEEDS.iter().filter(|need| names.contains(&need.name) && (need.find)().is_some());
    found.map(|need| need.name).chain(shared_dir().map(|_| SHARED)).collect()
}

fn report(need: &Need) -> bool {
    let found = (need.find)();
    match &found {
        Some(at) => println!("{}: {}", need.name, at.display()),
        None => println!("{}: missing ({}); packages: {}", need.name, need.purpose, need.packages.join(" ")),
    }
    found.is_some()
}

/// Tries twice: a mirror may be in the middle of an update, a lock may be held.
pub(crate) fn apt_install(packages: &[&str]) {
    for _ in 0..2 {
        let _ = apt(&["update"]);
        let mut words = vec!["install", "-y", "--no-install-recommends"];
        words.extend(packages);
        if apt(&words) {
            return;
        }
    }
}

fn apt(words: &[&str]) -> bool {
    let mut command = Command::new("apt-get");
    command
        .args(["-q", "-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"])
        .args(words)
        .env("DEBIAN_FRONTEND", "noninteractive");
    watch::run(&mut command, &mut |_| {}).unwrap_or_else(|fail| {
        println!("{fail}; install the packages by hand");
        false
    })
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// The first font file below `dir` whose name is that of a Japanese face.
fn japanese_font(dir: &Path) -> Option<PathBuf> {
    const FACES: [&str; 7] = ["ipag", "ipaexg", "cjk", "bizud", "notosansjp", "takao", "vl-gothic"];
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for path in std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()) {
            let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
            if path.is_dir() {
                open.push(path);
            } else if FACES.iter().any(|face| name.contains(face)) {
                return Some(path);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::japanese_font;
    use akashi_testkit::Scratch;

    #[test]
    fn a_japanese_font_is_known_by_its_name() {
        let scratch = Scratch::new("fonts");
        scratch.file("truetype/DejaVuSans.ttf", "");
        assert_eq!(japanese_font(scratch.path()), None);
        let font = scratch.file("opentype/ipafont-gothic/ipag.ttf", "");
        assert_eq!(japanese_font(scratch.path()), Some(font));
    }
}
