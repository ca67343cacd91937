//! The secrets that sessions and tokens are: 256 random bits, of which only a hash is kept.
//!
//! A hash without salt or cost is enough for what nobody can guess.

use sha2::{Digest, Sha256};

pub type Hash = [u8; 32];

/// A new secret, as 64 hexadecimal digits.
pub fn mint() -> String {
    rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash to look for; None: no secret of ours looks like that.
pub fn hash(secret: &str) -> Option<Hash> {
    let looks_right = secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    looks_right.then(|| Sha256::digest(secret).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let (one, other) = (mint(), mint());
        assert!(hash(&one).is_some() && hash(&other).is_some());
        assert_ne!(hash(&one), hash(&other));
        assert_eq!(hash("' OR 1=1"), None);
    }
}
