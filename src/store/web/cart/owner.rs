//! Whose cart it is: an account's, or that of whoever has the cookie.
//!
//! A visitor's cart is found by 128 random bits, of which only the SHA-256 is kept.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use sha2::{Digest, Sha256};

use crate::{
    basis::AccountId,
    store::web::{AppState, frame::Frame},
    web::Problem,
};

/// Days for which a browser, and the shop, keeps a visitor's cart.
pub const KEPT_DAYS: i32 = 30;

/// Whose cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    Account(AccountId),
    Visitor(Vec<u8>),
}

impl Owner {
    pub fn account(&self) -> Option<i64> {
        match self {
            Self::Account(account) => Some(account.0),
            Self::Visitor(_) => None,
        }
    }

    pub fn hash(&self) -> Option<&[u8]> {
        match self {
            Self::Account(_) => None,
            Self::Visitor(hash) => Some(hash),
        }
    }

    /// A visitor who has no cart yet, and the cookie for the browser.
    pub fn newcomer(headers: &HeaderMap) -> (Self, HeaderValue) {
        let secret = format!("{:032x}", rand::random::<u128>());
        (Self::Visitor(hash(&secret)), cookie(&secret, KEPT_DAYS * 86_400, headers))
    }
}

/// Who looks at a page, and the cart that is theirs; None: nothing was put in yet.
pub struct Shopper {
    pub frame: Frame,
    pub owner: Option<Owner>,
    pub headers: HeaderMap,
}

impl FromRequestParts<AppState> for Shopper {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let frame = Frame::from_request_parts(parts, state).await?;
        let account = frame.person.as_ref().map(|person| Owner::Account(person.account));
        let owner = account.or_else(|| visitor(&parts.headers));
        Ok(Self { frame, owner, headers: parts.headers.clone() })
    }
}

/// The visitor whose browser has a cart's cookie.
pub fn visitor(headers: &HeaderMap) -> Option<Owner> {
    let secret = read(headers)?;
    let looks_right = secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    looks_right.then(|| Owner::Visitor(hash(secret)))
}

/// The header that takes the cookie away.
pub fn clear(headers: &HeaderMap) -> HeaderValue {
    cookie("", 0, headers)
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

/// Browsers refuse the prefix where the cookie is not for encrypted connections only; where it
/// is, no other host can set it.
fn name(is_secure: bool) -> &'static str {
    if is_secure { "__Host-waybill_cart" } else { "waybill_cart" }
}

fn is_secure(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https")
}

fn read(headers: &HeaderMap) -> Option<&str> {
    let name = name(is_secure(headers));
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|it| it.split_once('='));
    pairs.find(|(given, _)| given.trim() == name).map(|(_, value)| value.trim())
}

fn cookie(secret: &str, seconds: i32, headers: &HeaderMap) -> HeaderValue {
    let is_secure = is_secure(headers);
    let secure = if is_secure { "; Secure" } else { "" };
    let name = name(is_secure);
    let text =
        format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    // Hexadecimal digits only, so it is a header's value; if not, no cart beats a panic.
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        headers
    }

    #[test]
    fn only_what_looks_like_a_cart_is_looked_up() {
        let secret = "0123456789abcdef0123456789abcdef";
        let expected = Owner::Visitor(hash(secret));
        assert_eq!(visitor(&with(&format!("a=1; waybill_cart={secret}"))), Some(expected));
        for bad in ["", "waybill_cart=", "waybill_cart=' OR 1=1", "xwaybill_cart=0"] {
            assert_eq!(visitor(&with(bad)), None, "{bad}");
        }
    }

    #[test]
    fn a_new_visitors_cookie_leads_to_the_same_cart() {
        let (owner, cookie) = Owner::newcomer(&HeaderMap::new());
        let text = cookie.to_str().unwrap();
        assert!(text.contains("HttpOnly") && text.contains("SameSite=Lax"), "{text}");
        assert_eq!(visitor(&with(text.split(';').next().unwrap())), Some(owner));
    }
}
