//! Under which names a site is asked: its own, this machine's, and numbers.
//!
//! A page of another name can not be asked under ours, but its name may be made to mean our
//! address; then the browser tells us that name. Where no name is a secret the site may
//! answer to any.

use std::{net::IpAddr, str::FromStr, sync::Arc};

use axum::{
    extract::Request,
    http::{HeaderMap, header},
};

use super::local_path;

/// A site as people reach it: `https://shop.example`, with a port where it is not the usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    pub is_secure: bool,
    /// In small letters, without the usual port.
    authority: String,
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no address of a site, such as https://shop.example");
        let uri: http::Uri = text.trim().parse().map_err(|_| wrong())?;
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) | None => return Err(wrong()),
        };
        let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        if authority.is_empty() || authority.contains('@') || !matches!(uri.path(), "" | "/") {
            return Err(wrong());
        }
        Ok(Self { is_secure, authority: without_usual_port(authority, is_secure) })
    }
}

fn without_usual_port(authority: &str, is_secure: bool) -> String {
    let usual = if is_secure { ":443" } else { ":80" };
    authority.strip_suffix(usual).unwrap_or(authority).to_ascii_lowercase()
}

/// The names of a site; by default it answers to any.
#[derive(Debug, Clone, Default)]
pub struct Hosts(Option<Arc<[PublicUrl]>>);

impl Hosts {
    /// These names, those of this machine, and addresses in numbers.
    pub fn only(urls: &[PublicUrl]) -> Self {
        Self(Some(urls.into()))
    }

    /// Whether a request is for this site.
    pub(super) fn know(&self, request: &Request) -> bool {
        let Some(urls) = &self.0 else { return true };
        let asked = request.uri().authority().map(http::uri::Authority::as_str);
        let Some(asked) = asked.or_else(|| host(request.headers())) else { return false };
        is_local(asked) || urls.iter().any(|url| url.is(asked))
    }

    /// Whether a page of this origin is one of ours, where it was asked for under this host.
    /// A proxy may have asked us under another one.
    pub(super) fn include_origin(&self, origin: &str, host: Option<&str>) -> bool {
        let Some((_, name)) = origin.split_once("://") else { return false };
        let mut public = self.0.iter().flat_map(|urls| urls.iter());
        host == Some(name) || public.any(|url| url.is_origin(origin))
    }

    /// The path of the page of ours that a visitor comes from, where his browser tells.
    pub fn page_before<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let page = headers.get(header::REFERER)?.to_str().ok()?;
        let name_at = page.find("://")? + "://".len();
        let path_at = name_at + page[name_at..].find('/')?;
        let (origin, path) = page.split_at(path_at);
        local_path(path).filter(|_| self.include_origin(origin, host(headers)))
    }
}

impl PublicUrl {
    /// Whether pages of this origin, as a browser writes it, are this site's.
    pub(super) fn is_origin(&self, origin: &str) -> bool {
        let scheme = if self.is_secure { "https" } else { "http" };
        origin.split_once("://").is_some_and(|(its, name)| its == scheme && self.is(name))
    }

    fn is(&self, authority: &str) -> bool {
        without_usual_port(authority, self.is_secure) == self.authority
    }
}

pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST).and_then(|host| host.to_str().ok())
}

/// `localhost:8080`, `127.0.0.1`, `[::1]:8080`, `192.0.2.7`: nobody else's name means them.
fn is_local(authority: &str) -> bool {
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => authority,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn asked(host: &str) -> Request {
        Request::builder().header(header::HOST, host).body(Body::empty()).unwrap()
    }

    #[test]
    fn a_site_answers_to_its_names_to_this_machine_and_to_numbers() {
        let urls = ["https://Shop.example", "http://store:8080"].map(|url| url.parse().unwrap());
        let hosts = Hosts::only(&urls);
        for good in [
            "shop.example",
            "SHOP.example:443",
            "store:8080",
            "localhost:8080",
            "127.0.0.1:8080",
            "[::1]:8080",
            "[::1]",
            "192.0.2.7",
        ] {
            assert!(hosts.know(&asked(good)), "{good}");
        }
        for bad in ["evil.example", "shop.example:8080", "store", "shop.example.evil.example", ""] {
            assert!(!hosts.know(&asked(bad)), "{bad}");
            assert!(Hosts::default().know(&asked(bad)));
        }
        assert!(!hosts.know(&Request::new(Body::empty())));
        let absolute = Request::builder().uri("http://evil.example/").body(Body::empty()).unwrap();
        assert!(!hosts.know(&absolute));
    }

    #[test]
    fn an_origin_is_ours_by_name_or_as_the_proxy_asked() {
        let hosts = Hosts::only(&["https://shop.example".parse().unwrap()]);
        assert!(hosts.include_origin("https://shop.example", Some("10.0.0.1:8080")));
        assert!(hosts.include_origin("http://10.0.0.1:8080", Some("10.0.0.1:8080")));
        assert!(!hosts.include_origin("http://shop.example", Some("10.0.0.1:8080")));
        assert!(!hosts.include_origin("https://evil.example", Some("10.0.0.1:8080")));
        assert!(!hosts.include_origin("null", None));
    }

    #[test]
    fn the_page_before_is_one_of_ours() {
        let hosts = Hosts::only(&["https://shop.example".parse().unwrap()]);
        let before = |page: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "10.0.0.1:8080".parse().unwrap());
            headers.insert(header::REFERER, page.parse().unwrap());
            hosts.page_before(&headers).map(str::to_owned)
        };
        assert_eq!(before("https://shop.example/cart?a=b").as_deref(), Some("/cart?a=b"));
        assert_eq!(before("http://10.0.0.1:8080/").as_deref(), Some("/"));
        for bad in [
            "https://evil.example/cart",
            "https://shop.example",
            "https://shop.example//evil.example/",
            "https://shop.example@evil.example/",
            "/cart",
            "",
        ] {
            assert_eq!(before(bad), None, "{bad}");
        }
        assert_eq!(hosts.page_before(&HeaderMap::new()), None);
    }

    #[test]
    fn what_is_no_site_is_refused_in_words() {
        for bad in ["shop.example", "ftp://a.example", "https://", "https://a/b", "https://u@a"] {
            assert!(bad.parse::<PublicUrl>().unwrap_err().contains("such as"), "{bad}");
        }
    }
}
