//! Stories of the store. Each runs on SQLite in a scratch folder and on a PostgreSQL database of its own.
mod anchor;
mod backup;
mod concurrent;
mod disposal;
mod flip;
mod flip_rows;
mod full;
mod group;
mod home;
mod interop;
mod keys;
mod kill;
mod load;
mod log;
mod people;
mod power;
mod reading;
mod tamper;
mod tls;
mod upload;
mod verify;
mod writing;

/// Makes two tests of each story.
#[macro_export]
macro_rules! stories {
    ($($story:ident)*) => { $(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$story($crate::home::Home::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(home) = $crate::home::Home::postgres(stringify!($story)) {
                    super::$story(home).await;
                }
            }
        }
    )* };
}
