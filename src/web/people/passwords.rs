//! Passwords: what is acceptable, argon2id hashes, and a bound on how many are
//! computed at once.
//!
//! Each costs 19 MiB and some 20 ms by intent, so they never run on the
//! threads that serve requests. What is hashed is the text in Unicode's form NFC: keyboards
//! differ in how they put an accent on a letter.

mod strength;

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use rand::RngExt;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

pub use self::strength::weakness;
use crate::{
    runtime::{Admission, Permit},
    web::{Kind, Problem},
};

pub const LENGTH_MIN: usize = 8;
pub const LENGTH_MAX: usize = 128;

/// Those who wait for a hash at most; more are sent away.
const WAITING_MAX: usize = 64;

/// A password that could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("the password hash failed: {0}")]
pub struct HashFailed(String);

fn argon2id() -> Result<Argon2<'static>, HashFailed> {
    let params = Params::new(19_456, 2, 1, None).map_err(|error| HashFailed(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash to keep, as a PHC string; takes its time.
pub fn hash(password: &str) -> Result<String, HashFailed> {
    let hashed = argon2id()?.hash_password(normal(password).as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|error| HashFailed(error.to_string()))
}

/// A password to give somebody, without characters that look like others: he may type it.
pub fn invented() -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut rng = rand::rng();
    let letter = |_| char::from(LETTERS[rng.random_range(0..LETTERS.len())]);
    (0..20).map(letter).collect()
}

fn normal(password: &str) -> String {
    password.nfc().collect()
}

/// Whether the password is the one of the hash; takes its time.
fn verify(password: &str, hash: &str) -> bool {
    // A longer one was never accepted; it is compared all the same, by its beginning, so that
    // the time tells nothing and nobody has us hash what is long.
    let normal = normal(password);
    let begins: String = normal.chars().take(LENGTH_MAX).collect();
    verify_normal(&begins, hash) && begins.len() == normal.len()
}

fn verify_normal(password: &str, hash: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return false };
    argon2id().is_ok_and(|argon2| argon2.verify_password(password.as_bytes(), &parsed).is_ok())
}

/// The right to have one computed.
#[derive(Debug)]
pub struct Place(#[expect(dead_code, reason = "it is given back on drop")] Permit);

fn busy() -> Problem {
    Problem::new(Kind::Busy, "Too many people log in at once. Try again soon.")
}

/// Computes hashes aside, a few at a time.
#[derive(Debug, Clone)]
pub struct Passwords {
    cores: Arc<Semaphore>,
    door: Admission,
    /// Compared with when there is no such account, so that the time tells nothing.
    nobody: Arc<str>,
}

impl Passwords {
    pub fn new() -> Result<Self, HashFailed> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            cores: Arc::new(Semaphore::new(cores)),
            door: Admission::new(WAITING_MAX),
            nobody: hash("nobody's password")?.into(),
        })
    }

    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        let hashed = self.aside(self.enter()?, move || hash(&password)).await?;
        hashed.map_err(|error| {
            tracing::error!(%error, "no account could be made");
            Problem::new(Kind::Internal, "The password could not be kept. Try again later.")
        })
    }

    /// A place among those who wait.
    pub fn enter(&self) -> Result<Place, Problem> {
        self.door.enter().map(Place).ok_or_else(busy)
    }

    /// Whether the password is the one of `hash`; never, for None.
    pub async fn verify(
        &self,
        place: Place,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, Problem> {
        let nobody = Arc::clone(&self.nobody);
        self.aside(place, move || match hash {
            Some(hash) => verify(&password, &hash),
            None => {
                std::hint::black_box(verify(&password, &nobody));
                false
            }
        })
        .await
    }

    async fn aside<T: Send + 'static>(
        &self,
        _place: Place,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let core = Arc::clone(&self.cores).acquire_owned().await.map_err(|_| busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(core);
            result
        });
        done.await.map_err(|_| Problem::new(Kind::Internal, "Something failed on our side."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_password_opens() {
        let kept = hash("correct horse").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("correct horse", &kept));
        assert!(!verify("correct horsf", &kept));
        assert!(!verify("correct horse", "not a hash"));
        let longest = "a1".repeat(LENGTH_MAX / 2);
        let kept = hash(&longest).unwrap();
        assert!(verify(&longest, &kept) && !verify(&format!("{longest}a"), &kept));
    }

    #[test]
    fn an_accent_is_the_same_however_it_is_typed() {
        let kept = hash("cafe\u{301} du nord").unwrap();
        assert!(verify("caf\u{e9} du nord", &kept));
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        let passwords = Passwords::new().unwrap();
        let place = passwords.enter().unwrap();
        assert!(!passwords.verify(place, "nobody's password".to_owned(), None).await.unwrap());
    }
}
