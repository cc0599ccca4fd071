//! Temporary PostgreSQL: one private server, and a fresh database per test on it.
//! The server is `AKASHI_TEST_PG` (set by `cargo xtask test`), or one started for this process.

use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::disk::SmallDisk;
use crate::need::{POSTGRES, skip};
use crate::tsa::Identity;
use crate::{Error, programs};

/// The environment variable that names a running server, for example `postgres://akashi@127.0.0.1:5555/postgres`.
pub const SERVER_VAR: &str = "AKASHI_TEST_PG";
/// The superuser of a private server.
const USER: &str = "akashi";
/// Programs that a usable installation has.
const PROGRAMS: [&str; 5] = ["postgres", "initdb", "pg_ctl", "createdb", "dropdb"];
/// Stops the server and removes its folder when this process ends, however it ends: the pipe then closes.
const KEEPER: &str = r#"read -r _; "$1/pg_ctl" -D "$2/data" -m immediate -w stop; rm -rf "$2""#;

/// A private server with its data in a temp folder, on loopback and a Unix socket, fsync on.
/// It stops when the value is dropped or the process ends.
#[derive(Debug)]
pub struct Server {
    url: String,
    keeper: Child,
    place: Place,
}

/// Where a server's programs and data are, and who runs it.
#[derive(Debug)]
struct Place {
    bin: PathBuf,
    dir: PathBuf,
    owner: Option<&'static str>,
    port: u16,
}

impl Server {
    /// Creates a cluster and starts it, as an unprivileged user when this process is root.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start; the log's end is in the error.
    pub fn start() -> Result<Self, Error> {
        Server::start_below(default_parent(), None)
    }

    /// As [`Server::start`], with data and log on a small disk.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_on(disk: &SmallDisk) -> Result<Self, Error> {
        Server::start_below(disk.path().to_owned(), None)
    }

    /// As [`Server::start`], with TLS by this certificate and key (PEM): over TCP it takes nobody without.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_tls(identity: &Identity) -> Result<Self, Error> {
        Server::start_below(default_parent(), Some(identity))
    }

    fn start_below(parent: PathBuf, tls: Option<&Identity>) -> Result<Self, Error> {
        let bin = programs_dir()?;
        let dir = tempfile::Builder::new().prefix("akashi-pg-").tempdir_in(&parent);
        let dir = dir.map_err(Error::io("make a folder below", parent))?.keep();
        let owner = owner_of(&dir)?;
        match start_in(&bin, &dir, owner, tls) {
            Ok(server) => Ok(server),
            Err(error) => {
                // The folder is useless now; the error matters more than a failed clean-up.
                let _ = std::fs::remove_dir_all(&dir);
                Err(error)
            }
        }
    }

    /// Where tests connect, to the maintenance database.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops all its processes at once, without writing anything more: what is not in its log by then is lost.
    ///
    /// # Errors
    /// When it cannot be stopped.
    pub fn crash(&self) -> Result<(), Error> {
        let Place { bin, dir, owner, .. } = &self.place;
        let mut stop = as_owner(*owner, &bin.join("pg_ctl"));
        programs::run(stop.args(["-m", "immediate", "-w", "-D"]).arg(dir.join("data")).arg("stop")).map(drop)
    }

    /// Starts it again at the same address; it then recovers from its log.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&self) -> Result<(), Error> {
        let Place { bin, dir, owner, port } = &self.place;
        start_on(*port, bin, dir, *owner)
    }

    /// Starts it again if it ended by itself, as it does when there is no room to recover.
    ///
    /// # Errors
    /// When it does not start.
    pub fn revive(&self) -> Result<(), Error> {
        let Place { bin, dir, owner, .. } = &self.place;
        let mut status = as_owner(*owner, &bin.join("pg_ctl"));
        match programs::run(status.arg("status").arg("-D").arg(dir.join("data"))) {
            Ok(_) => Ok(()),
            Err(_) => self.restart(),
        }
    }

    /// Makes a folder there that the server may use as a table space.
    ///
    /// # Errors
    /// When it cannot be made or given away.
    pub fn space_on(&self, disk: &SmallDisk) -> Result<PathBuf, Error> {
        let path = disk.path().join("space");
        std::fs::create_dir(&path).map_err(Error::io("make", &path))?;
        if let Some(owner) = self.place.owner {
            programs::run(Command::new("chown").arg(owner).arg(&path))?;
        }
        Ok(path)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // Nobody can act on a keeper that cannot be waited for.
        let _ = self.keeper.wait();
    }
}

/// A short path (socket names are limited) that other users may enter.
fn default_parent() -> PathBuf {
    if Path::new("/tmp").is_dir() { "/tmp".into() } else { std::env::temp_dir() }
}

fn start_in(bin: &Path, dir: &Path, owner: Option<&'static str>, tls: Option<&Identity>) -> Result<Server, Error> {
    let data = dir.join("data");
    programs::run(as_owner(owner, &bin.join("initdb")).arg("-D").arg(&data).args([
        "-U",
        USER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
        // Segments of one MiB: a log that fits a small disk, and grows often.
        "--wal-segsize=1",
    ]))?;
    if let Some(identity) = tls {
        with_tls(&data, owner, identity)?;
    }
    // Another process may take the free port before the server does: then another port.
    let port = start_on_free_port(bin, dir, owner)
        .or_else(|_| start_on_free_port(bin, dir, owner))
        .or_else(|_| start_on_free_port(bin, dir, owner))?;
    let keeper = as_owner(owner, Path::new("sh"))
        .args(["-c", KEEPER, "akashi-pg-keeper"])
        .args([bin, dir])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(Error::io("start the keeper of", dir))?;
    let place = Place { bin: bin.to_owned(), dir: dir.to_owned(), owner, port };
    Ok(Server { url: format!("postgres://{USER}@127.0.0.1:{port}/postgres"), keeper, place })
}

/// Gives a new cluster a certificate; its key is for the server's user only, or the server refuses it.
fn with_tls(data: &Path, owner: Option<&str>, identity: &Identity) -> Result<(), Error> {
    for (from, name) in [(&identity.certificate, "server.crt"), (&identity.key, "server.key")] {
        let to = data.join(name);
        std::fs::copy(from, &to).map_err(Error::io("copy", from))?;
        programs::run(Command::new("chmod").arg("600").arg(&to))?;
        if let Some(user) = owner {
            programs::run(Command::new("chown").arg(user).arg(&to))?;
        }
    }
    let set = |name: &str, text: &str| {
        let path = data.join(name);
        std::fs::write(&path, text).map_err(Error::io("write", &path))
    };
    set("postgresql.auto.conf", "ssl = on\n")?;
    set("pg_hba.conf", "local all all trust\nhostssl all all 127.0.0.1/32 trust\n")
}

fn start_on_free_port(bin: &Path, dir: &Path, owner: Option<&str>) -> Result<u16, Error> {
    let port = free_port()?;
    start_on(port, bin, dir, owner).map(|()| port)
}

fn start_on(port: u16, bin: &Path, dir: &Path, owner: Option<&str>) -> Result<(), Error> {
    let log = dir.join("log");
    let options = format!(
        "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={} -c max_connections=300",
        dir.display()
    );
    let started = programs::run(
        as_owner(owner, &bin.join("pg_ctl"))
            .args(["-w", "-t", "60", "-D"])
            .arg(dir.join("data"))
            .arg("-l")
            .arg(&log)
            .args(["-o", &options, "start"]),
    );
    match started {
        Ok(_) => Ok(()),
        Err(Error::Program { program, status, output }) => {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            Err(Error::Program { program, status, output: format!("{output}\n{log}") })
        }
        Err(other) => Err(other),
    }
}

/// A TCP port of this machine that nobody listens on at the moment.
///
/// # Errors
/// When loopback cannot be bound at all.
pub fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::io("bind", "127.0.0.1:0"))?;
    Ok(listener.local_addr().map_err(Error::io("read the port of", "127.0.0.1:0"))?.port())
}

/// The folder with PostgreSQL's programs: Debian's newest version, else whatever is on `PATH`.
///
/// # Errors
/// When no complete installation is found.
pub fn programs_dir() -> Result<PathBuf, Error> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut dirs: Vec<PathBuf> = versions.map(|entry| entry.path()).collect();
    dirs.sort_by_key(|dir| dir.file_name().and_then(|n| n.to_str()?.parse::<u32>().ok()));
    let debian = dirs.into_iter().rev().map(|dir| dir.join("bin"));
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    debian
        .chain(on_path.into_iter().flatten())
        .find(|dir| PROGRAMS.iter().all(|program| dir.join(program).is_file()))
        .ok_or(Error::Missing { program: "postgres", package: "postgresql" })
}

/// PostgreSQL refuses to run as root: gives the folder to `postgres` (or `nobody`) and names that user.
fn owner_of(dir: &Path) -> Result<Option<&'static str>, Error> {
    let uid = std::fs::metadata(dir).map_err(Error::io("look at", dir))?.uid();
    if uid != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").map_err(Error::io("read", "/etc/passwd"))?;
    let known = users.lines().any(|line| line.starts_with("postgres:"));
    let owner = if known { "postgres" } else { "nobody" };
    programs::run(Command::new("chown").arg(owner).arg(dir))?;
    Ok(Some(owner))
}

/// A command that runs as `owner`, in a folder everybody may enter, without PAM and its sessions.
fn as_owner(owner: Option<&str>, program: &Path) -> Command {
    let mut command = match owner {
        None => Command::new(program),
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", user, "--regid", &group_of(user), "--clear-groups", "--"]).arg(program);
            command
        }
    };
    command.current_dir("/").env("LC_ALL", "C.UTF-8");
    command
}

/// The primary group of a user by number; `nobody`'s group is called differently on every system.
fn group_of(user: &str) -> String {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let line = users.lines().find(|line| line.split(':').next() == Some(user));
    line.and_then(|line| line.split(':').nth(3)).unwrap_or("65534").to_owned()
}

/// A database of its own for one test; dropped with the value.
#[derive(Debug)]
pub struct TempDatabase {
    url: String,
    name: String,
    server: String,
    bin: PathBuf,
}

impl TempDatabase {
    /// Creates a database with a unique name on the server at `server`.
    ///
    /// # Errors
    /// When the client programs are missing or the server refuses.
    pub fn create(server: &str) -> Result<Self, Error> {
        let bin = programs_dir()?;
        let name = unique_name();
        // template0: nobody can be connected to it, so parallel tests do not disturb each other.
        programs::run(client(&bin, "createdb", server).args(["--template=template0", &name]))?;
        Ok(Self { url: with_database(server, &name), name, server: server.to_owned(), bin })
    }

    /// Where to connect, for example `postgres://akashi@127.0.0.1:5555/akashi_12_0`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TempDatabase {
    fn drop(&mut self) {
        // A database that stays behind goes away with its private server.
        let _ = programs::run(client(&self.bin, "dropdb", &self.server).args(["--force", "--if-exists", &self.name]));
    }
}

/// A database for `story`, or `None` after saying that the PostgreSQL half of the story is skipped.
///
/// # Panics
/// When there is a server and it fails, or `AKASHI_REQUIRE` lists `postgres` and there is none.
#[must_use]
pub fn database(story: &str) -> Option<TempDatabase> {
    match server_url() {
        Ok(server) => Some(TempDatabase::create(server).unwrap_or_else(|e| panic!("{story}: {e}"))),
        Err(missing @ Error::Missing { .. }) => {
            skip(POSTGRES, story, &missing.to_string());
            None
        }
        Err(broken) => panic!("{story}: {broken}"),
    }
}

/// The server of this process: named by the environment, else started once.
fn server_url() -> Result<&'static str, &'static Error> {
    static NAMED: OnceLock<Option<String>> = OnceLock::new();
    static OWN: OnceLock<Result<Server, Error>> = OnceLock::new();
    let named = NAMED.get_or_init(|| std::env::var(SERVER_VAR).ok().filter(|url| !url.is_empty()));
    match named {
        Some(url) => Ok(url),
        None => OWN.get_or_init(Server::start).as_ref().map(Server::url),
    }
}

fn client(bin: &Path, program: &str, server: &str) -> Command {
    let mut command = Command::new(bin.join(program));
    command.arg(format!("--maintenance-db={server}"));
    command
}

/// Unique on one server: process and a count within it, and the start time, since process numbers come again.
fn unique_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_micros();
    format!("akashi_{}_{since}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The server's URL with another database name; what follows a `?` stays.
fn with_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, None), |(base, query)| (base, Some(query)));
    let authority = base.find("://").map_or(0, |at| at + 3);
    let base = base[authority..].find('/').map_or(base, |at| &base[..authority + at]);
    query.map_or_else(|| format!("{base}/{name}"), |query| format!("{base}/{name}?{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_name_is_replaced() {
        let table = [
            ("postgres://u@127.0.0.1:1/postgres", "postgres://u@127.0.0.1:1/x"),
            ("postgres://u@127.0.0.1:1", "postgres://u@127.0.0.1:1/x"),
            ("postgres://u@h/a?sslmode=disable", "postgres://u@h/x?sslmode=disable"),
        ];
        for (server, expect) in table {
            assert_eq!(with_database(server, "x"), expect);
        }
    }

    #[test]
    fn names_differ() {
        assert_ne!(unique_name(), unique_name());
    }
}
