//! Serving those who wait: whoever comes first begins, the others wait for its answer. While one group is being written,
//! the next is made for the place where that one ends, and waits at the database's thread.

use std::collections::VecDeque;

use tokio::task::{JoinError, JoinHandle};

use super::each::{Answers, Batch, Prepared};
use super::group::{Answer, Known, MOST};
use super::head::Look;
use super::together::{kept, none_known, tell};
use super::tx::new_ticket;
use crate::db::{AtOnce, Direct, Turn};
use crate::error::StoreError;
use crate::store::Store;

/// Groups under way: one being written and one that waits for it, made.
const AHEAD: usize = 2;

/// Serves until nobody waits. Whatever ends it early, nobody waits for it in vain.
pub(super) struct Server {
    store: Store,
    known: Known,
    /// Oldest first. Each but the first follows the one before it.
    under_way: VecDeque<UnderWay>,
    turn: Option<(Turn, Direct)>,
    /// How often something was not written as it was made.
    surprises: u64,
    ended: bool,
}

/// A group under way.
struct UnderWay {
    task: JoinHandle<Ended>,
    commands: usize,
}

/// What a group leaves that was answered, or could not be written as it was made.
#[derive(Default)]
struct Ended {
    as_made: bool,
    known: Known,
    again: Option<(Batch, Vec<Answer>)>,
}

impl Server {
    pub(super) fn new(store: Store, known: Known) -> Server {
        Server { store, known, under_way: VecDeque::new(), turn: None, surprises: 0, ended: false }
    }

    pub(super) async fn serve(mut self) {
        while !self.ended {
            self.gather().await;
            let waiting = self.store.group().take(self.share());
            if waiting.is_empty() {
                self.settle().await;
                self.ended = self.store.group().rest(&self.known);
                continue;
            }
            let (commands, askers): (Vec<_>, Vec<_>) = waiting.into_iter().map(|w| (w.command, w.answer)).unzip();
            let mut batch = Batch::new(commands);
            let surprises = self.surprises;
            let made = self.make_ahead(&mut batch).await;
            self.start(batch, made, surprises, askers).await;
        }
    }

    /// Lets those who were just answered come again, as long as somebody does: their next commands then share
    /// this transaction rather than wait for the one after it.
    async fn gather(&mut self) {
        while self.under_way.len() >= AHEAD {
            self.settle_first().await;
        }
        if self.known.divides(self.in_all()) {
            self.wait_for_most().await;
        } else {
            self.settle().await;
        }
        let mut seen = None;
        loop {
            let now = self.store.group().len();
            if seen == Some(now) || now >= MOST {
                return;
            }
            seen = Some(now);
            tokio::task::yield_now().await;
        }
    }

    /// Waits until nearly as many wait as are under way, or those are answered.
    async fn wait_for_most(&mut self) {
        let Some(first) = self.under_way.front_mut() else { return };
        let most = first.commands - first.commands / 4;
        let ended = tokio::select! {
            () = self.store.group().until(most) => return,
            ended = &mut first.task => ended,
        };
        self.settled(ended).await;
    }

    /// How many commands the next group takes: half of all, so that both halves keep each other busy.
    fn share(&self) -> usize {
        let all = self.in_all();
        if self.known.divides(all) { all.div_ceil(2) } else { MOST }
    }

    /// Commands that wait or are under way.
    fn in_all(&self) -> usize {
        self.store.group().len() + self.under_way.iter().map(|group| group.commands).sum::<usize>()
    }

    /// Makes a group for the place where those under way end; none when only the database can tell.
    async fn make_ahead(&mut self, batch: &mut Batch) -> Option<Prepared> {
        let tip = self.known.tip.take()?;
        let look = Look::Beside(self.store.db(), None);
        let made = tip.prepare(look, (self.store.meta().epoch, new_ticket()), batch).await;
        // What is refused is refused by what is on disk, not by what may get there.
        let made = made.ok().filter(Prepared::is_whole)?;
        self.known.tip = Some(made.tip().clone());
        Some(made)
    }

    /// Starts to write a group. What was made before the `surprises`-th surprise is made anew.
    async fn start(&mut self, batch: Batch, made: Option<Prepared>, surprises: u64, askers: Vec<Answer>) {
        let commands = batch.len();
        if made.is_some() {
            self.take_turn().await;
        }
        let made = made.filter(|_| self.surprises == surprises);
        let task = match (made, &self.turn) {
            (Some(made), Some((_, direct))) => {
                let (each, (rows, answers, _)) = (made.each(), made.into_parts());
                let wrote = direct.write(rows, !self.under_way.is_empty());
                let store = self.store.clone();
                tokio::spawn(async move {
                    // Without an answer the thread is gone, and nobody knows.
                    let gone = StoreError::Interrupted { what: "the program is ending".into() };
                    let (wrote, _rows) = wrote.await.unwrap_or((AtOnce::Unknown(gone), Vec::new()));
                    ended(&store, wrote, each, batch, (askers, answers))
                })
            }
            (made, _) => self.start_together(batch, made, surprises, askers).await,
        };
        self.under_way.push_back(UnderWay { task, commands });
    }

    /// Starts to write a group in a transaction that asks what is there.
    async fn start_together(
        &mut self,
        batch: Batch,
        made: Option<Prepared>,
        surprises: u64,
        askers: Vec<Answer>,
    ) -> JoinHandle<Ended> {
        self.settle().await;
        self.turn = None;
        let made = made.filter(|_| self.surprises == surprises);
        if made.is_none() {
            // Only when it is written is it known what the next one builds on.
            self.known.tip = None;
        }
        let store = self.store.clone();
        tokio::spawn(async move {
            let wrote = store.write_group(batch, made).await;
            tell(askers, wrote.answers);
            Ended { as_made: wrote.as_made, known: wrote.known, again: None }
        })
    }

    /// Takes the writers' turn, or gives it to others first who have waited long enough.
    async fn take_turn(&mut self) {
        if self.turn.as_ref().is_some_and(|(turn, _)| turn.is_over()) {
            self.settle().await;
            self.turn = None;
        }
        if self.turn.is_none() {
            // Who cannot have it meets the same error in a transaction.
            self.turn = self.store.db().turn().await.ok().flatten();
        }
    }

    /// Waits for all that is under way.
    async fn settle(&mut self) {
        while !self.under_way.is_empty() {
            self.settle_first().await;
        }
    }

    /// Waits for what is under way longest.
    async fn settle_first(&mut self) {
        if let Some(first) = self.under_way.front_mut() {
            let ended = (&mut first.task).await;
            self.settled(ended).await;
        }
    }

    /// Takes note of what became of the first. What was not written as it was made is written anew, and all that
    /// follows it: the thread has refused that.
    async fn settled(&mut self, ended: Result<Ended, JoinError>) {
        self.under_way.pop_front();
        let Some(again) = self.note(ended) else { return };
        self.turn = None;
        self.write_again(again).await;
        while let Some(next) = self.under_way.pop_front() {
            if let Some(again) = self.note(next.task.await) {
                self.write_again(again).await;
            }
        }
    }

    fn note(&mut self, ended: Result<Ended, JoinError>) -> Option<(Batch, Vec<Answer>)> {
        let Ended { as_made, known, again } = ended.unwrap_or_default();
        if !as_made {
            self.surprises += 1;
        }
        let tip = if as_made { self.known.tip.take() } else { known.tip.clone() };
        self.known = Known { tip, ..known };
        again
    }

    async fn write_again(&mut self, (batch, askers): (Batch, Vec<Answer>)) {
        let wrote = self.store.write_group(batch, None).await;
        tell(askers, wrote.answers);
        self.known = wrote.known;
    }
}

/// Answers a group, unless it has to be written again.
fn ended(
    store: &Store,
    wrote: AtOnce,
    each: std::time::Duration,
    batch: Batch,
    (askers, answers): (Vec<Answer>, Answers),
) -> Ended {
    match wrote {
        AtOnce::Done(wrote) => {
            store.sequencing().tell();
            tell(askers, kept(answers));
            Ended { as_made: true, known: Known { tip: None, each, wrote }, again: None }
        }
        AtOnce::Undone => Ended { again: Some((batch, askers)), ..Ended::default() },
        AtOnce::Unknown(error) => {
            tell(askers, none_known(answers, error));
            Ended::default()
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.ended {
            self.store.group().give_up();
        }
    }
}
