//! Which other sites' pages may use a site's API from a visitor's browser (CORS).
//!
//! Such a page is known by the token that it sends and by nothing else. The API looks at no
//! cookie; pages do, and a change that comes from elsewhere reaches them without any. What may be
//! done is for the routes to say.

use std::{str::FromStr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, Method, header, request::Parts},
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::PublicUrl;

/// How long a browser may remember what it was allowed; none remembers longer than two hours.
const REMEMBERED: Duration = Duration::from_secs(3_600);

/// A site whose pages may use the API, as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsOrigin {
    /// `*`: whatever page.
    Any,
    Site(PublicUrl),
}

impl FromStr for CorsOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "*" => Ok(Self::Any),
            site => site.parse().map(Self::Site),
        }
    }
}

/// All such sites; by default none.
#[derive(Debug, Clone, Default)]
pub struct Cors(Option<Arc<[CorsOrigin]>>);

impl Cors {
    pub fn only(origins: &[CorsOrigin]) -> Self {
        Self((!origins.is_empty()).then(|| origins.into()))
    }

    /// Lets browsers give answers of the API, refusals as well, to the pages that may use it.
    pub fn around<S: Clone + Send + Sync + 'static>(&self, site: Router<S>) -> Router<S> {
        if self.0.is_none() {
            return site;
        }
        let cors = self.clone();
        let allowed =
            move |origin: &HeaderValue, asked: &Parts| cors.allow(origin, asked.uri.path());
        site.layer(
            CorsLayer::new()
                .allow_origin(AllowOrigin::predicate(allowed))
                .allow_methods([
                    Method::GET,
                    Method::POST,
                    Method::PUT,
                    Method::PATCH,
                    Method::DELETE,
                ])
                .allow_headers([
                    header::ACCEPT,
                    header::AUTHORIZATION,
                    header::CONTENT_TYPE,
                    HeaderName::from_static("idempotency-key"),
                    HeaderName::from_static("last-event-id"),
                ])
                .expose_headers([
                    header::CONTENT_DISPOSITION,
                    header::LOCATION,
                    header::RETRY_AFTER,
                    HeaderName::from_static("idempotency-replayed"),
                    HeaderName::from_static("ratelimit"),
                    HeaderName::from_static("ratelimit-policy"),
                ])
                .max_age(REMEMBERED),
        )
    }

    /// Whether a request comes from a page that may use the API. Then it loses its cookies: of
    /// a neighbour's site the browser would send them.
    pub(super) fn let_in(&self, request: &mut Request) -> bool {
        let Some(origin) = request.headers().get(header::ORIGIN) else { return false };
        let is_allowed = self.allow(origin, request.uri().path());
        if is_allowed {
            request.headers_mut().remove(header::COOKIE);
        }
        is_allowed
    }

    fn allow(&self, origin: &HeaderValue, path: &str) -> bool {
        let Some(origins) = &self.0 else { return false };
        let Ok(origin) = origin.to_str() else { return false };
        let is_it = |allowed: &CorsOrigin| match allowed {
            CorsOrigin::Any => true,
            CorsOrigin::Site(site) => site.is_origin(origin),
        };
        let is_api = path.starts_with("/api/") || path == "/openapi.json";
        is_api && origins.iter().any(is_it)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn only(origins: &[&str]) -> Cors {
        Cors::only(&origins.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>())
    }

    fn allows(cors: &Cors, origin: &str, path: &str) -> bool {
        cors.allow(&HeaderValue::from_str(origin).unwrap(), path)
    }

    #[test]
    fn a_site_is_allowed_by_scheme_name_and_port() {
        let cors = only(&["https://front.example", "http://127.0.0.1:5173"]);
        for good in ["https://front.example", "https://front.example:443", "http://127.0.0.1:5173"]
        {
            assert!(allows(&cors, good, "/api/v1/cart"), "{good}");
            assert!(!allows(&cors, good, "/cart"), "{good} has no business with pages");
            assert!(!allows(&cors, good, "/apiary"), "{good}");
        }
        for bad in [
            "http://front.example",
            "https://front.example:8443",
            "https://front.example.evil.example",
            "https://evil.example",
            "http://127.0.0.1",
            "null",
            "",
        ] {
            assert!(!allows(&cors, bad, "/api/v1/cart"), "{bad}");
        }
    }

    #[test]
    fn a_star_is_whatever_page_and_nothing_is_none() {
        assert!(allows(&only(&["*"]), "null", "/api/v1/cart"));
        assert!(!allows(&Cors::default(), "https://front.example", "/api/v1/cart"));
        assert!(!allows(&only(&[]), "https://front.example", "/api/v1/cart"));
    }

    #[test]
    fn who_is_let_in_from_elsewhere_has_no_cookie() {
        let asked = |origin: &str| {
            let request = Request::post("/api/v1/orders").header(header::ORIGIN, origin);
            request.header(header::COOKIE, "a=b").body(Body::empty()).unwrap()
        };
        let cors = only(&["https://front.example"]);
        let mut allowed = asked("https://front.example");
        assert!(cors.let_in(&mut allowed) && !allowed.headers().contains_key(header::COOKIE));
        let mut other = asked("https://evil.example");
        assert!(!cors.let_in(&mut other) && other.headers().contains_key(header::COOKIE));
    }

    #[test]
    fn what_is_no_site_is_refused_in_words() {
        for bad in ["", "front.example", "https://*.example/a", "null"] {
            assert!(bad.parse::<CorsOrigin>().unwrap_err().contains("such as"), "{bad}");
        }
    }
}
