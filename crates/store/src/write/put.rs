//! Putting versions in packets: while the database writes one, the next is made on another thread.
//! What becomes of a version is `make`'s work, what the database knows of its record `head`'s.

use std::ops::Range;
use std::sync::Arc;

use akashi_domain::RecordId;
use tokio::task::JoinHandle;

use super::insert::Rows;
use super::make::{Fresh, Head, Heads, Pen};
use super::receipt::{Receipt, Receipts};
use super::tx::Tx;
use super::version::NewVersion;
use crate::error::{Result, StoreError};
use crate::rows::PACKET;

/// Fewer versions than this are not worth another thread.
const FEW: usize = 32;

/// Gives the version at a place; runs on other threads.
type Maker = Arc<dyn Fn(usize) -> NewVersion + Send + Sync>;

impl Tx {
    /// Writes the next version of a record, with its entry.
    ///
    /// # Errors
    /// [`StoreError::StaleRevision`] when somebody else was faster, [`StoreError::NoBlob`] when a file it names was
    /// never put or went away with another record. After any error go back to a savepoint or drop the transaction: it cannot be committed.
    pub async fn put(&mut self, version: NewVersion) -> Result<Receipt> {
        Ok(self.put_all(vec![version]).await?.first)
    }

    /// Writes many versions in order; several may be of one record.
    ///
    /// # Errors
    /// As [`Tx::put`], at the first version that cannot be written.
    pub async fn put_all(&mut self, versions: Vec<NewVersion>) -> Result<Receipts> {
        self.put_from(Source::Given(versions.into_iter())).await
    }

    /// As [`Tx::put_all`], with versions that are made when it is their turn, on other threads: bodies of a large
    /// import are never in memory all at once.
    ///
    /// # Errors
    /// As [`Tx::put_all`].
    pub async fn put_many(
        &mut self,
        count: usize,
        version: impl Fn(usize) -> NewVersion + Send + Sync + 'static,
    ) -> Result<Receipts> {
        let maker: Maker = Arc::new(version);
        let first = make_range(&maker, 0..count.min(PACKET));
        self.put_from(Source::Made { maker, at: count.min(PACKET), count, next: Some(first) }).await
    }

    async fn put_from(&mut self, source: Source) -> Result<Receipts> {
        self.torn = true;
        let receipts = Receipts::of(self.put_packets(source).await?);
        self.torn = false;
        receipts
    }

    async fn put_packets(&mut self, mut source: Source) -> Result<Vec<Receipt>> {
        let mut done = Done { receipts: Vec::new(), rows: Rows::new(self.next) };
        let mut ahead: Option<Ahead> = None;
        loop {
            let mut packet = source.packet().await?;
            if packet.is_empty() {
                break;
            }
            // A version builds on the one before it, which must then be in the database.
            if ahead.as_ref().is_some_and(|ahead| ahead.meets(&packet)) {
                self.land(ahead.take(), &mut done).await?;
            }
            let heads = self.look().heads_of(packet.iter(), &Heads::new()).await?;
            self.number(&mut packet.iter_mut().collect::<Vec<_>>()).await?;
            self.look().files_are_there(&packet).await?;
            let next = Ahead::start(self.pen(), self.next, packet, heads);
            self.next += next.records.len() as u64;
            let before = ahead.replace(next);
            self.land(before, &mut done).await?;
        }
        self.land(ahead, &mut done).await?;
        self.write(&mut done.rows, true).await?;
        Ok(done.receipts)
    }

    /// Writes a packet that was made meanwhile.
    async fn land(&mut self, ahead: Option<Ahead>, done: &mut Done) -> Result<()> {
        let Some(ahead) = ahead else { return Ok(()) };
        let (receipts, rows) = ahead.made.wait().await?;
        done.receipts.extend(receipts);
        done.rows.join(rows);
        self.write(&mut done.rows, false).await
    }

    /// Makes row, entry and receipt of one version; checks it against the one before.
    pub(super) fn make_next(
        &mut self,
        version: &mut NewVersion,
        head: Option<Head>,
        fresh: Fresh,
        rows: &mut Rows,
    ) -> Result<(Head, Receipt)> {
        let made = self.pen().make_after(version, head, fresh, rows)?;
        self.next += 1;
        Ok(made)
    }

    /// What versions written now have in common.
    pub(super) fn pen(&self) -> Pen {
        let epoch = self.store.meta().epoch;
        Pen { actor: self.ctx.actor.clone(), at: self.ctx.at, epoch, ticket: self.ticket() }
    }
}

/// What was written so far; leaves wait in its rows to fill whole bundles.
struct Done {
    receipts: Vec<Receipt>,
    rows: Rows,
}

/// Where versions come from.
enum Source {
    Given(std::vec::IntoIter<NewVersion>),
    Made { maker: Maker, at: usize, count: usize, next: Option<JoinHandle<Vec<NewVersion>>> },
}

impl Source {
    async fn packet(&mut self) -> Result<Vec<NewVersion>> {
        match self {
            Source::Given(versions) => Ok(versions.by_ref().take(PACKET).collect()),
            Source::Made { maker, at, count, next } => {
                let Some(made) = next.take() else { return Ok(Vec::new()) };
                let made = made.await.map_err(interrupted)?;
                let until = (*at + PACKET).min(*count);
                if *at < until {
                    *next = Some(make_range(maker, *at..until));
                    *at = until;
                }
                Ok(made)
            }
        }
    }
}

fn make_range(maker: &Maker, range: Range<usize>) -> JoinHandle<Vec<NewVersion>> {
    let maker = maker.clone();
    tokio::task::spawn_blocking(move || range.map(|ix| maker(ix)).collect())
}

/// A packet being made.
struct Ahead {
    records: Vec<RecordId>,
    made: Made,
}

type MadePacket = Result<(Vec<Receipt>, Rows)>;

enum Made {
    Now(Box<MadePacket>),
    Soon(JoinHandle<MadePacket>),
}

impl Made {
    async fn wait(self) -> MadePacket {
        match self {
            Made::Now(made) => *made,
            Made::Soon(task) => task.await.map_err(interrupted)?,
        }
    }
}

impl Ahead {
    fn start(pen: Pen, first: u64, packet: Vec<NewVersion>, heads: Heads) -> Ahead {
        let mut records: Vec<RecordId> = packet.iter().map(|version| version.record).collect();
        records.sort_unstable();
        let few = packet.len() < FEW;
        let make = move || make_packet(&pen, first, packet, heads);
        let made = if few { Made::Now(Box::new(make())) } else { Made::Soon(tokio::task::spawn_blocking(make)) };
        Ahead { records, made }
    }

    /// Whether a record of it is in the packet too.
    fn meets(&self, packet: &[NewVersion]) -> bool {
        packet.iter().any(|version| self.records.binary_search(&version.record).is_ok())
    }
}

fn make_packet(pen: &Pen, first: u64, packet: Vec<NewVersion>, mut heads: Heads) -> MadePacket {
    let mut rows = Rows::new(first);
    let fresh = Fresh::draw(packet.len())?;
    let made = packet.iter().zip(fresh).map(|(version, fresh)| pen.make(version, &mut heads, fresh, &mut rows));
    let receipts = made.collect::<Result<Vec<_>>>()?;
    Ok((receipts, rows))
}

fn interrupted(error: tokio::task::JoinError) -> StoreError {
    StoreError::Interrupted { what: error.to_string() }
}
