//! Stories of sudden death: processes under load are killed with SIGKILL, the database server is stopped at once;
//! every command they had acknowledged is there, exactly once.

use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use akashi_testkit::disk::Dice;
use akashi_testkit::pg::{Server, TempDatabase};

use crate::home::Home;
use crate::load::{Oracle, command};

/// Processes killed on each database.
const KILLS: u64 = 300;
/// Rounds after which a new database is begun: each round checks all of it.
const ROUNDS: u64 = 12;
/// Times the database server is stopped at once.
const CRASHES: u64 = 24;
/// Changed by hand to look for other moments.
const SEED: u64 = 20_261_128;

crate::stories! {
    killed_writers_lose_nothing_they_told
}

async fn killed_writers_lose_nothing_they_told(mut home: Home) {
    println!("seed {SEED}");
    let mut dice = Dice::new(SEED);
    let (mut killed, mut told) = (0, 0);
    let mut oracle = Oracle::default();
    // What was written is the kernel's when a process is killed: the disk is not at stake here.
    home = home.another("kill");
    home.create().await.close().await;
    for round in 1.. {
        // Some rounds have one process, the most two on the same database.
        let count = 1 + u64::from(!dice.one_in(4));
        let running: Vec<Running> = (0..count).map(|n| Running::start(&home, dice.number(), killed + n)).collect();
        let (lines, moment) = (dice.below(40), Duration::from_micros(dice.below(120_000) as u64));
        let mut running = running;
        // Most are killed in the middle of their work, however long a slow machine takes to begin it; some at the start.
        if !dice.one_in(6) {
            running[0].listen(&mut oracle, 1 + dice.below(8), Duration::from_secs(60));
        }
        running[0].listen(&mut oracle, lines, moment);
        running.iter_mut().for_each(Running::kill);
        running.into_iter().for_each(|process| process.rest(&mut oracle));
        killed += count;
        let store = home.open().await;
        oracle.check(&home, &store).await.unwrap_or_else(|wrong| panic!("round {round}, {killed} killed: {wrong}"));
        store.close().await;
        if killed >= KILLS {
            break;
        }
        if round % ROUNDS == 0 {
            told += oracle.told;
            (home, oracle) = (home.another("kill"), Oracle::default());
            home.create().await.close().await;
        }
    }
    told += oracle.told;
    let place = if home.is_postgres() { "PostgreSQL" } else { "SQLite" };
    println!("{place}: {killed} processes killed, {told} acknowledgements held");
    assert!(told > KILLS, "hardly anything was written before the kills");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_server_that_dies_loses_nothing_it_told() {
    let server = match Server::start() {
        Ok(server) => server,
        Err(e) => return akashi_testkit::skip(akashi_testkit::need::POSTGRES, "server crash", &e.to_string()),
    };
    let home = Home::from(akashi_testkit::Home::on(TempDatabase::create(server.url()).unwrap()));
    let mut dice = Dice::new(SEED);
    let mut oracle = Oracle::default();
    home.create().await.close().await;
    for round in 0..CRASHES {
        let mut process = Running::start(&home, dice.number(), round);
        process.listen(&mut oracle, 10 + dice.below(120), Duration::from_secs(20));
        server.crash().unwrap();
        process.kill();
        process.rest(&mut oracle);
        server.restart().unwrap();
        let store = home.open().await;
        oracle.check(&home, &store).await.unwrap_or_else(|wrong| panic!("crash {round}: {wrong}"));
        store.close().await;
    }
    println!("PostgreSQL: the server stopped at once {CRASHES} times, {} acknowledgements held", oracle.told);
    assert!(oracle.told > CRASHES * 10, "{}", oracle.told);
}

/// A process under load, and what it tells.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(home: &Home, seed: u64, lane: u64) -> Running {
        Running::of(command(home.address(), home.data(), seed, lane, u64::MAX))
    }

    /// Starts a command made for it.
    pub(crate) fn of(mut command: std::process::Command) -> Running {
        let mut child = command.spawn().unwrap();
        let out = child.stdout.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            // A line that was cut off by the end of the process was not told.
            let mut reader = BufReader::new(out);
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 0) && line.ends_with('\n') {
                if sender.send(line.trim_end().to_owned()).is_err() {
                    return;
                }
                line.clear();
            }
        });
        Running { child, lines }
    }

    /// Hears that many lines, or what comes until the moment, whatever is first.
    fn listen(&mut self, oracle: &mut Oracle, lines: usize, moment: Duration) {
        let until = Instant::now() + moment;
        for _ in 0..lines {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => oracle.hear(&line),
                Err(_) => return,
            }
        }
    }

    /// Hears lines until one begins with `word`.
    pub(crate) fn until(&mut self, oracle: &mut Oracle, word: &str) {
        for line in self.lines.iter() {
            oracle.hear(&line);
            if line.starts_with(word) {
                return;
            }
        }
        panic!("the process ended before it told {word:?}");
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Hears what it had still told, to the end.
    pub(crate) fn rest(mut self, oracle: &mut Oracle) {
        self.lines.iter().for_each(|line| oracle.hear(&line));
        self.child.wait().unwrap();
    }
}
