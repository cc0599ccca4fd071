//! The few words in which SQLite and PostgreSQL differ: locks and append-only triggers.

use crate::db::Db;
use crate::sql::Sql;

/// Locks on PostgreSQL, held to the end of a transaction. SQLite's single writer needs none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lock {
    /// Whoever writes versions: makes their order the order of commits on every server.
    Writer,
    /// Whoever moves the tree forward and signs.
    Sequencer,
}

/// The statement that waits for a lock. The numbers are any that no other program in this database uses.
pub(crate) fn take(lock: Lock) -> Sql {
    let text = match lock {
        Lock::Writer => "select pg_advisory_xact_lock(107114801)",
        Lock::Sequencer => "select pg_advisory_xact_lock(107114802)",
    };
    Sql::new("take its turn among the writers", text)
}

/// The statement that takes a lock unless somebody holds it, and tells whether it did.
pub(crate) fn try_take(lock: Lock) -> Sql {
    let text = match lock {
        Lock::Writer => "select pg_try_advisory_xact_lock(107114801)",
        Lock::Sequencer => "select pg_try_advisory_xact_lock(107114802)",
    };
    Sql::new("see whether it is its turn", text)
}

/// Statements that forbid changing what may only grow; run at every start, so that dropped ones come back.
pub(crate) fn guards(db: &Db) -> &'static str {
    match db {
        Db::Sqlite { .. } => SQLITE_GUARDS,
        Db::Postgres(..) => POSTGRES_GUARDS,
    }
}

const SQLITE_GUARDS: &str = "
create trigger if not exists record_version_stays before delete on record_version
begin select raise(abort, 'record_version only grows'); end;
create trigger if not exists record_version_fixed before update of
  seq, register, record, rev, def_version, command, state, code, facility, valid_from, recorded_at, author, digest,
  leaf_hash, batch on record_version
begin select raise(abort, 'record_version does not change'); end;
create trigger if not exists record_version_body before update on record_version
when new.body is not null or new.reason is not null or new.blobs <> '' or not new.disposed
begin select raise(abort, 'a body can only be disposed of'); end;
create trigger if not exists entry_stays before delete on entry when old.count = 256
begin select raise(abort, 'closed bundles stay'); end;
create trigger if not exists entry_fixed before update on entry
begin select raise(abort, 'entries do not change'); end;
create trigger if not exists node_stays before delete on node
begin select raise(abort, 'node only grows'); end;
create trigger if not exists node_fixed before update on node
begin select raise(abort, 'nodes do not change'); end;
create trigger if not exists checkpoint_stays before delete on checkpoint
begin select raise(abort, 'checkpoint only grows'); end;
create trigger if not exists attestation_stays before delete on attestation when old.state = 'held'
begin select raise(abort, 'held attestations stay'); end;
create trigger if not exists attestation_fixed before update of anchor, size, state, subject, token, at on attestation
when old.state = 'held'
begin select raise(abort, 'held attestations do not change'); end;
create trigger if not exists revocation_stays before delete on revocation
begin select raise(abort, 'revocation only grows'); end;
create trigger if not exists revocation_fixed before update on revocation
begin select raise(abort, 'what was kept of a revocation does not change'); end;
";

// Several servers may start at once: all of it under the writers' lock, in the one transaction of a script.
const POSTGRES_GUARDS: &str = "
select pg_advisory_xact_lock(107114801);
create or replace function akashi_refuse() returns trigger language plpgsql as
$$ begin raise exception '% only grows', tg_table_name; end $$;
create or replace trigger record_version_stays before delete on record_version
for each row execute function akashi_refuse();
create or replace trigger record_version_fixed before update on record_version for each row
when ((new.seq, new.register, new.record, new.rev, new.def_version, new.command, new.state, new.code, new.facility,
       new.recorded_at, new.author, new.digest, new.leaf_hash)
   is distinct from (old.seq, old.register, old.record, old.rev, old.def_version, old.command, old.state, old.code,
       old.facility, old.recorded_at, old.author, old.digest, old.leaf_hash)
   or new.valid_from is distinct from old.valid_from or new.batch is distinct from old.batch
   or new.body is not null or new.reason is not null or new.blobs <> '' or not new.disposed)
execute function akashi_refuse();
create or replace trigger entry_stays before delete on entry for each row when (old.count = 256)
execute function akashi_refuse();
create or replace trigger entry_fixed before update on entry for each row execute function akashi_refuse();
create or replace trigger node_stays before delete or update on node for each row execute function akashi_refuse();
create or replace trigger checkpoint_stays before delete on checkpoint for each row execute function akashi_refuse();
create or replace trigger attestation_stays before delete on attestation for each row when (old.state = 'held')
execute function akashi_refuse();
create or replace trigger attestation_fixed before update on attestation for each row
when (old.state = 'held' and (new.anchor, new.size, new.state, new.subject)
   is distinct from (old.anchor, old.size, old.state, old.subject)
   or old.state = 'held' and (new.token is distinct from old.token or new.at is distinct from old.at))
execute function akashi_refuse();
create or replace trigger revocation_stays before delete or update on revocation for each row
execute function akashi_refuse();
";
