//! Cookies that hold what only a browser knows, such as its session.
//!
//! What such a secret is worth is for [`sessions`](super::sessions) or for a site to say.

use axum::http::{HeaderMap, HeaderValue, header};

/// One of a site's cookies. Browsers keep them by host and not by port, so sites on the same
/// machine need names of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookie {
    plain: &'static str,
    secure: &'static str,
}

impl Cookie {
    /// `secure`: the same name after `__Host-`, for encrypted connections. Browsers refuse the
    /// prefix elsewhere; where it is, no other host and no unencrypted page of ours can set it.
    pub const fn new(plain: &'static str, secure: &'static str) -> Self {
        Self { plain, secure }
    }

    fn name(self, is_secure: bool) -> &'static str {
        if is_secure { self.secure } else { self.plain }
    }

    /// The secret, as a browser sent it.
    pub fn read(self, headers: &HeaderMap, is_secure: bool) -> Option<&str> {
        let cookies =
            headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs =
            cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, value)| (name.trim(), value.trim()))
            .find(|(given, _)| *given == self.name(is_secure))
            .map(|(_, value)| value)
    }

    /// The header that gives a browser its secret; without `max_age_s` until it is closed.
    pub fn set(self, secret: &str, max_age_s: Option<u32>, is_secure: bool) -> HeaderValue {
        let name = self.name(is_secure);
        let secure = if is_secure { "; Secure" } else { "" };
        let max_age = max_age_s.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let text = format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax{max_age}{secure}");
        // Hexadecimal digits only, so it is a header's value; if not, no cookie beats a panic.
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// The header that takes it away.
    pub fn clear(self, is_secure: bool) -> HeaderValue {
        self.set("", Some(0), is_secure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: Cookie = Cookie::new("waybill_session", "__Host-waybill_session");
    const CART: Cookie = Cookie::new("waybill_cart", "__Host-waybill_cart");

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; waybill_session=abc; b=2"));
        assert_eq!(SESSION.read(&headers, false), Some("abc"));
        assert_eq!(SESSION.read(&headers, true), None, "anybody on the way may have set it");
        let host = HeaderValue::from_static("__Host-waybill_session=def");
        headers.append(header::COOKIE, host);
        assert_eq!(SESSION.read(&headers, true), Some("def"));
        headers.clear();
        headers.append(header::COOKIE, HeaderValue::from_static("xwaybill_session=abc"));
        assert_eq!(SESSION.read(&headers, false), None);
    }

    #[test]
    fn a_secure_cookie_has_the_prefix_and_what_it_asks_for() {
        let cookie = SESSION.set("abc", Some(60), true);
        let expected =
            "__Host-waybill_session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure";
        assert_eq!(cookie, expected);
        assert_eq!(
            SESSION.set("abc", None, false),
            "waybill_session=abc; Path=/; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn a_cart_is_no_session() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("waybill_cart=abc"));
        assert_eq!(CART.read(&headers, false), Some("abc"));
        assert_eq!(SESSION.read(&headers, false), None);
    }
}
