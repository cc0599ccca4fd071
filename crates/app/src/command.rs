//! Commands: put, move, review. Each names the revision it saw, is authorized, checked, written with its
//! journal entry in one transaction, and then judged.

use akashi_domain::authz::{self, Action, Refusal};
use akashi_domain::verdict::Evaluator;
use akashi_domain::{Label, PartialDate, RecordId, Register, RegisterIx, Value, Version};
use akashi_journal::entry::Command;
use akashi_store::{NewVersion, WriteCtx};

use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// A record as somebody wants it to be.
#[derive(Clone, Debug)]
pub struct Put {
    pub register: RegisterIx,
    /// None: a new record.
    pub record: Option<RecordId>,
    /// The revision seen; 0 for a new record.
    pub expected: u32,
    /// Slot and value of the fields that are set; the others stay as they are.
    pub values: Vec<(usize, Value)>,
    /// From when it is true; none: from today, or from when the version it replaces was to begin.
    pub valid_from: Option<PartialDate>,
    pub reason: Option<String>,
}

/// What a command left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    pub record: RecordId,
    pub rev: u32,
    pub code: String,
    /// Parts whose verdict may have changed are judged again; nothing was written when this is false.
    pub changed: bool,
}

impl App {
    /// Makes or changes a record.
    ///
    /// # Errors
    /// Forbidden, unknown in that register, changed meanwhile, or not storable; then nothing is changed.
    pub async fn put(&self, ctx: &Ctx, put: Put) -> Result<Done> {
        let (version, changed) = {
            let live = self.live(ctx.now).await?;
            let old = put.record.map(|id| known_in(&live.world, put.register, id)).transpose()?;
            let action = if old.is_some() { Action::Edit } else { Action::Create };
            authorize(&live.evaluator, ctx, action, put.register, old.as_ref())?;
            let mut version =
                old.clone().unwrap_or_else(|| blank(self.catalog().register(put.register), put.register, ctx));
            let before = version.cells.clone();
            for (slot, value) in put.values {
                *version.cells.get_mut(slot).ok_or_else(no_field)? = value;
            }
            let changed = old.is_none() || version.cells != before;
            version.rev = put.expected + 1;
            version.valid_from = put.valid_from.or_else(|| since(version.valid_from, ctx.now));
            (version, changed)
        };
        if !changed {
            return Ok(Done { record: version.id, rev: version.rev - 1, code: version.code.into(), changed });
        }
        self.write(ctx, version, Command::Put, put.reason).await
    }

    /// Moves a record to another state.
    ///
    /// # Errors
    /// Forbidden, not open from this state, or lacking what the move needs; then nothing is changed.
    pub async fn move_to(
        &self,
        ctx: &Ctx,
        record: RecordId,
        expected: u32,
        key: &str,
        reason: Option<String>,
    ) -> Result<Done> {
        let mut version = {
            let live = self.live(ctx.now).await?;
            let version = known(&live.world, record)?;
            let register = self.catalog().register(version.register);
            let position = register.moves.iter().position(|m| m.key == key).ok_or_else(|| no_move(key))?;
            authz::may_move(&live.evaluator, &ctx.actor, &version, &register.moves[position], position)
                .map_err(refused)?;
            let mut version = version;
            version.state = register.moves[position].to.as_str().into();
            version.valid_from = since(version.valid_from, ctx.now);
            version
        };
        version.rev = expected + 1;
        let decides = self.catalog().register(version.register).key == "decision";
        let command = if decides { Command::Decide } else { Command::Move };
        self.write(ctx, version, command, reason).await
    }

    /// Writes one version with its entry and judges what it touches.
    pub(crate) async fn write(
        &self,
        ctx: &Ctx,
        version: Version,
        command: Command,
        reason: Option<String>,
    ) -> Result<Done> {
        let register = self.catalog().register(version.register);
        let mut new = NewVersion::of(register, &version, command);
        new.reason = reason;
        let write = WriteCtx { actor: ctx.actor.pseudonym.clone(), at: ctx.now };
        let committed = self.store().write(write, vec![new]).await?;
        self.settle_shared(ctx.now, &committed).await?;
        let first = committed.first();
        Ok(Done { record: first.record, rev: first.rev, code: first.code.clone(), changed: true })
    }
}

/// Returns the newest version of a record.
pub(crate) fn known(world: &akashi_domain::World, id: RecordId) -> Result<Version> {
    world.latest(id).map(|v| Version::clone(v)).ok_or_else(no_record)
}

/// As [`known`], of that register: what one may do there says nothing of the records of others, nor do its fields fit
/// them. Whoever names the wrong one is not told that the record is elsewhere.
fn known_in(world: &akashi_domain::World, register: RegisterIx, id: RecordId) -> Result<Version> {
    let found = world.latest(id).filter(|v| v.register == register).map(|v| Version::clone(v));
    found.ok_or_else(no_record)
}

/// From when a change without a date is true: from today, unless what it changes is yet to begin.
pub(crate) fn since(old: Option<PartialDate>, now: i64) -> Option<PartialDate> {
    let today = akashi_domain::cond::tokyo_day(now);
    Some(old.filter(|date| date.first() > today).unwrap_or(PartialDate::of(today)))
}

/// Returns an empty record in the register's initial state.
pub(crate) fn blank(register: &Register, ix: RegisterIx, ctx: &Ctx) -> Version {
    Version { cells: vec![Value::Null; register.fields().len()], ..blank_of(register, ix, ctx, new_id(ctx.now)) }
}

/// As [`blank`], with an id at hand and without cells.
pub(crate) fn blank_of(register: &Register, ix: RegisterIx, ctx: &Ctx, id: RecordId) -> Version {
    Version {
        register: ix,
        id,
        rev: 0,
        code: "".into(),
        facility: ctx.facility.as_str().into(),
        state: register.initial.as_str().into(),
        cells: Vec::new(),
        extra: Default::default(),
        source: None,
        valid_from: None,
        recorded_at: ctx.now,
        author: ctx.actor.pseudonym.as_str().into(),
        digest: "".into(),
        disposed: false,
    }
}

/// Makes an id of the time and the operating system's randomness.
pub fn new_id(now: i64) -> RecordId {
    let mut random = [0; 10];
    draw(&mut random);
    RecordId::new((now / 1000).max(0) as u64, random)
}

/// Ids of what is made together, rising: in every index their rows come one after the other. Behind the time they
/// have 12 bits of this command, a counter that begins anywhere, and 32 random bits each.
pub(crate) struct Ids {
    ms: u64,
    command: [u8; 2],
    counter: u32,
    random: Vec<[u8; 4]>,
}

impl Ids {
    /// Begins at a time in microseconds.
    pub(crate) fn new(now: i64) -> Ids {
        let mut seed = [0; 6];
        draw(&mut seed);
        let [a, b, counter @ ..] = seed;
        // Of 30 bits the first is kept free: room for half a thousand million.
        let counter = u32::from_be_bytes(counter) >> 3;
        Ids { ms: (now / 1000).max(0) as u64, command: [a, b], counter, random: Vec::new() }
    }

    /// Gives the next one.
    pub(crate) fn next(&mut self) -> RecordId {
        let random = self.random.pop().unwrap_or_else(|| self.refill());
        self.counter += 1;
        let mut bytes = [0; 10];
        bytes[..2].copy_from_slice(&self.command);
        bytes[2..6].copy_from_slice(&self.counter.to_be_bytes());
        bytes[6..].copy_from_slice(&random);
        RecordId::new(self.ms, bytes)
    }

    fn refill(&mut self) -> [u8; 4] {
        let mut bytes = [0; 1024];
        draw(&mut bytes);
        let (first, others) = bytes.as_chunks::<4>().0.split_first().expect("there are 256");
        self.random.extend_from_slice(others);
        *first
    }
}

fn draw(bytes: &mut [u8]) {
    // Without randomness nothing of this can be safe; the process ends rather than making guessable ids.
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

/// Refuses what no grant allows.
pub(crate) fn authorize(
    evaluator: &Evaluator,
    ctx: &Ctx,
    action: Action,
    register: RegisterIx,
    record: Option<&Version>,
) -> Result<()> {
    if authz::allowed(evaluator, &ctx.actor, action, register, record) {
        return Ok(());
    }
    let title = &evaluator.catalog().register(register).title;
    Err(AppError::Forbidden(Label::new(
        format!("「{}」でこの操作をする権限がありません。企画管理者に相談してください", title.ja),
        format!("You may not do this in “{}”; ask the planning manager", title.en),
    )))
}

fn no_record() -> AppError {
    AppError::not_found("この記録は見つかりません", "There is no such record")
}

fn no_field() -> AppError {
    AppError::invalid("この台帳にその項目はありません", "This register has no such field")
}

fn no_move(key: &str) -> AppError {
    AppError::not_found(format!("状態遷移「{key}」はありません"), format!("There is no move “{key}”"))
}

fn refused(refusal: Refusal) -> AppError {
    match refusal {
        Refusal::State => AppError::Conflict(Label::new(
            "今の状態からはこの操作はできません",
            "This is not open from the present state",
        )),
        Refusal::Role => {
            AppError::Forbidden(Label::new("この操作をする役割ではありません", "Your role may not make this move"))
        }
        Refusal::SamePerson(who) => AppError::Forbidden(Label::new(
            format!("{}と同じ人はこの操作をできません(別の人が行ってください)", who.ja),
            format!("Whoever is “{}” may not do this as well; another person must", who.en),
        )),
        Refusal::Needs(why) => AppError::Invalid(why),
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_made_together_rise() {
        let mut ids = Ids::new(1_795_309_200_000_000);
        let made: Vec<_> = (0..2000).map(|_| ids.next()).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
        // They are UUIDs of version 7 and keep the time in front.
        assert!(made.iter().all(|id| id.0 >> 80 == 1_795_309_200_000 && id.0 >> 76 & 0xf == 7 && id.0 >> 62 & 3 == 2));
        assert_ne!(Ids::new(0).next(), Ids::new(0).next());
    }
}
