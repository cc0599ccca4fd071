//! Passwords: argon2id, a bounded number at a time, off the async threads.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::random_text;
use crate::error::{AppError, Result};

/// Hash of a password nobody knows, so that unknown logins take as long as known ones.
pub(super) const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$BaIjR2ZQKPQaVYDl6ZzN0jTqKUhQE9ObBwRjFvPtVbE";

/// Memory of one hash, KiB.
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Characters a password needs.
const SHORTEST: usize = 10;

/// Turns at hashing. Each takes [`MEMORY`], and whoever wants to log in needs no account for that: without a bound a
/// flood of attempts would take the whole machine's.
static TURNS: Semaphore = Semaphore::const_new(4);

/// Waits for a turn at hashing; it lasts until the permit goes.
pub(super) async fn turn() -> SemaphorePermit<'static> {
    TURNS.acquire().await.expect("the semaphore is never closed")
}

/// Hashes a new password.
///
/// # Errors
/// One that is too short.
pub(crate) async fn hash(password: &str) -> Result<String> {
    if password.chars().count() < SHORTEST {
        return Err(AppError::invalid(
            format!("パスワードは{SHORTEST}文字以上にしてください"),
            format!("A password needs at least {SHORTEST} characters"),
        ));
    }
    let _turn = turn().await;
    let failed = || AppError::invalid("パスワードを処理できません", "The password cannot be hashed");
    let password = password.to_owned();
    let salt = hex::decode(random_text(16)).ok().and_then(|bytes| SaltString::encode_b64(&bytes).ok());
    let salt = salt.ok_or_else(failed)?;
    let work = move || hasher().hash_password(password.as_bytes(), &salt).map(|h| h.to_string());
    tokio::task::spawn_blocking(work).await.ok().and_then(std::result::Result::ok).ok_or_else(failed)
}

/// Tells whether a password is the one of a hash. Call it with a [`turn`].
pub(super) async fn verify(password: &str, hash: &str) -> bool {
    let (password, hash) = (password.to_owned(), hash.to_owned());
    let check =
        move || PasswordHash::new(&hash).is_ok_and(|h| hasher().verify_password(password.as_bytes(), &h).is_ok());
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY, PASSES, 1, None).expect("the costs are within argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A placeholder that cannot be read, or costs less, would tell by the time which logins there are.
    #[test]
    fn an_unknown_login_costs_what_a_known_one_does() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let salt = SaltString::encode_b64(&[7; 16]).unwrap();
        let known = hasher().hash_password(b"kakuu no byouin 1", &salt).unwrap();
        assert_eq!((nobody.algorithm, nobody.version), (known.algorithm, known.version));
        assert_eq!(nobody.params, known.params);
        assert_eq!(nobody.hash.unwrap().len(), known.hash.unwrap().len());
    }
}
