//! Whose cart it is: an account's, or that of whoever has the cookie.
//!
//! A visitor's cart is found by 128 random bits, of which only the SHA-256 is kept.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use sha2::{Digest, Sha256};

use crate::{
    basis::AccountId,
    store::web::{AppState, caller::Caller, cookie, frame::Frame},
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
    pub fn newcomer(is_secure: bool) -> (Self, HeaderValue) {
        let secret = format!("{:032x}", rand::random::<u128>());
        let kept_s = KEPT_DAYS.unsigned_abs() * 86_400;
        (Self::Visitor(hash(&secret)), cookie::CART.set(&secret, Some(kept_s), is_secure))
    }
}

/// Who looks at a page, and the cart that is theirs; None: nothing was put in yet.
pub struct Shopper {
    pub frame: Frame,
    pub owner: Option<Owner>,
    pub caller: Caller,
}

impl FromRequestParts<AppState> for Shopper {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let frame = Frame::from_request_parts(parts, state).await?;
        let account = frame.person.as_ref().map(|person| Owner::Account(person.account));
        let Ok(caller) = Caller::from_request_parts(parts, state).await;
        let owner = account.or_else(|| visitor(&parts.headers, caller.is_secure));
        Ok(Self { frame, owner, caller })
    }
}

/// The visitor whose browser has a cart's cookie.
pub fn visitor(headers: &HeaderMap, is_secure: bool) -> Option<Owner> {
    let secret = cookie::CART.read(headers, is_secure)?;
    let looks_right = secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    looks_right.then(|| Owner::Visitor(hash(secret)))
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

#[cfg(test)]
mod tests {
    use axum::http::header;

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
        assert_eq!(visitor(&with(&format!("a=1; waybill_cart={secret}")), false), Some(expected));
        for bad in ["", "waybill_cart=", "waybill_cart=' OR 1=1", "xwaybill_cart=0"] {
            assert_eq!(visitor(&with(bad), false), None, "{bad}");
        }
    }

    #[test]
    fn a_new_visitors_cookie_leads_to_the_same_cart() {
        let (owner, cookie) = Owner::newcomer(false);
        let text = cookie.to_str().unwrap();
        assert!(text.contains("HttpOnly") && text.contains("SameSite=Lax"), "{text}");
        assert_eq!(visitor(&with(text.split(';').next().unwrap()), false), Some(owner));
    }
}
