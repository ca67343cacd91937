//! Signed posts, as Standard Webhooks has them: who knows the secret has written this
//! body, lately.
//!
//! A pure part: the time is handed in, and where headers come from is not known here.
//!
//! ```text
//! webhook-id: store-1-42              what it is; the same when it is sent again
//! webhook-timestamp: 1700000000       when it was sent: seconds since 1970
//! webhook-signature: v1,… v1,…        base64 of HMAC-SHA256(secret, id.timestamp.body), for each secret
//! ```

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

pub const ID_HEADER: &str = "webhook-id";
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// How far a message's time may be from ours, either way.
pub const TOLERANCE_S: i64 = 5 * 60;

const PREFIX: &str = "whsec_";
const VERSION: &str = "v1,";
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 16..=512;

/// Signatures that are looked at; a sender has one for each secret while they change.
const SIGNATURES_MAX: usize = 16;

/// What both sides know and nobody else. It is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<[u8]>);

/// Why something is no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    #[error("what follows {PREFIX} is not base64")]
    NotBase64,
    #[error("a secret has 16 to 512 bytes; try: openssl rand -base64 24, and {PREFIX} before it")]
    Length,
}

/// The secrets that are shared with one peer: the first for good, further ones while they
/// change. None: nothing is signed, and nothing is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(Vec<Secret>);

/// What the headers say, as they came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claim<'a> {
    pub id: Option<&'a str>,
    pub timestamp: Option<&'a str>,
    pub signatures: Option<&'a str>,
}

/// Why a message is not taken for the peer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    #[error("the header {0} is missing")]
    Missing(&'static str),
    #[error("the header {TIMESTAMP_HEADER} is not a number of seconds since 1970")]
    NoTime,
    #[error("the message is {0} seconds old; send it again with its time, and look at the clocks")]
    TooOld(i64),
    #[error("the message is {0} seconds ahead of us; look at the clocks")]
    TooNew(i64),
    #[error("no signature is of this id, time and body with a secret known here")]
    Wrong,
}

impl Secret {
    /// `whsec_` and base64, or any other text, of which the bytes are the secret.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let text = text.trim();
        let bytes = match text.strip_prefix(PREFIX) {
            Some(encoded) => STANDARD.decode(encoded).map_err(|_| BadSecret::NotBase64)?,
            None => text.as_bytes().to_vec(),
        };
        Self::from_bytes(&bytes)
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadSecret> {
        if !SECRET_BYTES.contains(&bytes.len()) {
            return Err(BadSecret::Length);
        }
        Ok(Self(bytes.into()))
    }

    /// None never happens: a key of any length will do.
    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Some(mac)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl FromIterator<Secret> for Keys {
    fn from_iter<I: IntoIterator<Item = Secret>>(secrets: I) -> Self {
        Self(secrets.into_iter().collect())
    }
}

impl Keys {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of [`SIGNATURE_HEADER`] of a message that is sent now.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signature = |secret: &Secret| {
            let mac = secret.mac(id, timestamp, body)?;
            Some(format!("{VERSION}{}", STANDARD.encode(mac.finalize().into_bytes())))
        };
        self.0.iter().filter_map(signature).collect::<Vec<_>>().join(" ")
    }

    /// Whether the peer has written this, lately. `now_s`: seconds since 1970.
    pub fn verify(&self, claim: Claim<'_>, body: &[u8], now_s: i64) -> Result<(), Unsigned> {
        let id = claim.id.ok_or(Unsigned::Missing(ID_HEADER))?;
        let timestamp = claim.timestamp.ok_or(Unsigned::Missing(TIMESTAMP_HEADER))?;
        let signatures = claim.signatures.ok_or(Unsigned::Missing(SIGNATURE_HEADER))?;
        let timestamp: i64 = timestamp.parse().map_err(|_| Unsigned::NoTime)?;
        let age_s = now_s.saturating_sub(timestamp);
        if age_s > TOLERANCE_S {
            return Err(Unsigned::TooOld(age_s));
        }
        if age_s < -TOLERANCE_S {
            return Err(Unsigned::TooNew(age_s.saturating_neg()));
        }
        let given = signatures.split(' ').take(SIGNATURES_MAX);
        let given = given.filter_map(|one| STANDARD.decode(one.strip_prefix(VERSION)?).ok());
        let given: Vec<Vec<u8>> = given.collect();
        let is_ours = |secret: &Secret| {
            let Some(mac) = secret.mac(id, timestamp, body) else { return false };
            // Takes as long for a wrong one as for a right one.
            given.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
        };
        if self.0.iter().any(is_ours) { Ok(()) } else { Err(Unsigned::Wrong) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that Standard Webhooks publishes with its libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const NOW: i64 = 1_614_265_330;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn keys(secrets: &[&str]) -> Keys {
        secrets.iter().map(|secret| Secret::parse(secret).unwrap()).collect()
    }

    fn claim<'a>(timestamp: &'a str, signatures: &'a str) -> Claim<'a> {
        Claim { id: Some(ID), timestamp: Some(timestamp), signatures: Some(signatures) }
    }

    #[test]
    fn the_published_example_is_signed_and_verified() {
        assert_eq!(keys(&[SECRET]).sign(ID, NOW, BODY), SIGNATURE);
        let verify = |claim| keys(&[SECRET]).verify(claim, BODY, NOW);
        assert_eq!(verify(claim("1614265330", SIGNATURE)), Ok(()));
        let several = format!("v1,bm9wZQ== v1a,bm90IG9mIG91cnM= {SIGNATURE}");
        assert_eq!(verify(claim("1614265330", &several)), Ok(()));
    }

    #[test]
    fn whatever_is_changed_is_noticed() {
        let keys = keys(&[SECRET]);
        let good = claim("1614265330", SIGNATURE);
        let wrong = Err(Unsigned::Wrong);
        assert_eq!(keys.verify(good, br#"{"test": 2432232315}"#, NOW), wrong);
        assert_eq!(keys.verify(Claim { id: Some("msg_2"), ..good }, BODY, NOW), wrong);
        assert_eq!(keys.verify(claim("1614265331", SIGNATURE), BODY, NOW), wrong);
        for none in ["", "v1,", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,%"] {
            assert_eq!(keys.verify(claim("1614265330", none), BODY, NOW), wrong, "{none}");
        }
        let late = " v1,AAAA".repeat(SIGNATURES_MAX) + " " + SIGNATURE;
        assert_eq!(keys.verify(claim("1614265330", &late), BODY, NOW), wrong, "one too many");
        let missing = Claim { signatures: None, ..good };
        assert_eq!(keys.verify(missing, BODY, NOW), Err(Unsigned::Missing(SIGNATURE_HEADER)));
        assert_eq!(keys.verify(claim("soon", SIGNATURE), BODY, NOW), Err(Unsigned::NoTime));
    }

    #[test]
    fn a_message_is_good_for_five_minutes_either_way() {
        let keys = keys(&[SECRET]);
        let verify = |now| keys.verify(claim("1614265330", SIGNATURE), BODY, now);
        assert_eq!((verify(NOW + 300), verify(NOW - 300)), (Ok(()), Ok(())));
        assert_eq!(verify(NOW + 301), Err(Unsigned::TooOld(301)));
        assert_eq!(verify(NOW - 301), Err(Unsigned::TooNew(301)));
        let absurd = i64::MIN.to_string();
        assert!(keys.verify(claim(&absurd, SIGNATURE), BODY, i64::MAX).is_err());
    }

    #[test]
    fn secrets_change_one_side_after_the_other() {
        let (old, new) = (SECRET, "a secret of words");
        let (old_only, both, new_only) = (keys(&[old]), keys(&[new, old]), keys(&[new]));
        for (sender, receiver) in [(&old_only, &both), (&both, &old_only), (&both, &new_only)] {
            let signatures = sender.sign(ID, NOW, BODY);
            assert_eq!(receiver.verify(claim("1614265330", &signatures), BODY, NOW), Ok(()));
        }
        let signatures = old_only.sign(ID, NOW, BODY);
        let verified = new_only.verify(claim("1614265330", &signatures), BODY, NOW);
        assert_eq!(verified, Err(Unsigned::Wrong));
    }

    #[test]
    fn a_secret_is_long_enough_and_never_shown() {
        assert_eq!(Secret::parse("short"), Err(BadSecret::Length));
        assert_eq!(Secret::parse("whsec_?"), Err(BadSecret::NotBase64));
        assert_eq!(Secret::parse("whsec_c2hvcnQ="), Err(BadSecret::Length));
        assert!(Secret::parse(&"s".repeat(513)).is_err());
        let shown = format!("{:?}", keys(&[SECRET, "a secret of words"]));
        assert!(!shown.contains("words") && !shown.contains("MfKQ"), "{shown}");
    }
}
