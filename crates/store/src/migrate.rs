//! Schema steps, in order, the same text for both databases; afterwards the guards of the dialect.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::db::{Db, sql};
use crate::dialect;
use crate::error::{Result, StoreError};

/// Number, name and text of every step.
pub(crate) const STEPS: &[(i64, &str, &str)] = &[
    (1, "base", include_str!("../migrations/0001_base.sql")),
    (3, "anchor", include_str!("../migrations/0003_anchor.sql")),
    (7, "upload", include_str!("../migrations/0007_upload.sql")),
    (8, "revocation", include_str!("../migrations/0008_revocation.sql")),
];

/// Runs the steps this database has not seen.
pub(crate) async fn run(db: &Db) -> Result<()> {
    let steps = STEPS.iter().map(|(number, name, text)| {
        Migration::new(*number, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    let migrator = Migrator::with_migrations(steps.collect());
    match db {
        Db::Sqlite { write, .. } => migrator.run(write).await,
        Db::Postgres(pool, _) => migrator.run(pool).await,
    }
    .map_err(|source| StoreError::Migrate { source })?;
    guard(db).await
}

async fn guard(db: &Db) -> Result<()> {
    let guards = dialect::guards(db);
    match db {
        Db::Sqlite { write, .. } => sqlx::raw_sql(guards).execute(write).await.map(|_| ()),
        Db::Postgres(pool, _) => sqlx::raw_sql(guards).execute(pool).await.map(|_| ()),
    }
    .map_err(sql("set up the guards against changes"))
}

#[cfg(test)]
mod tests {
    use super::STEPS;

    #[test]
    fn every_file_is_a_step() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let names = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name());
        let mut files: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        files.sort();
        let steps: Vec<_> = STEPS.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect();
        assert_eq!(files, steps);
    }
}
