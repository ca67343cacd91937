//! The layers around a site: what protects visitors from others and us from them.
//!
//! Who a visitor is and what he may do is not decided here.

use std::{any::Any, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, limit::RequestBodyLimitLayer,
    set_header::SetResponseHeaderLayer,
};

use super::{BODY_BYTES_MAX, Kind, Problem, body::too_large, wants_html};

/// No inline script or style, nothing from elsewhere, in no frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What a site may set about its guard.
#[derive(Debug, Clone, Copy)]
pub struct Guarded {
    /// A request (not its streamed answer) that takes longer is answered with 503.
    pub deadline: Duration,
    /// How a browser is shown a problem; a site without pages answers JSON to everybody.
    pub page: Option<fn(&Problem) -> String>,
}

impl Default for Guarded {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(30), page: None }
    }
}

/// Puts a site's routes behind every protective layer, and unknown addresses with them.
pub fn guard<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    Guarded { deadline, page }: Guarded,
) -> Router<S> {
    routes
        .fallback(|| async { Problem::new(Kind::NotFound, "There is nothing under this address.") })
        .method_not_allowed_fallback(|| async {
            Problem::new(Kind::MethodNotAllowed, "This address takes other methods; see Allow.")
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(middleware::from_fn(refuse_foreign_forms))
        .layer(middleware::from_fn(move |request: Request, next: Next| async move {
            let answer = tokio::time::timeout(deadline, next.run(request)).await;
            answer.unwrap_or_else(|_| late().into_response())
        }))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(explain_bare_refusals))
        .layer(middleware::from_fn(move |request, next| pages_for_browsers(page, request, next)))
        // Around whatever makes a body: what is compressed stays as it is.
        .layer(CompressionLayer::new())
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

fn late() -> Problem {
    Problem::new(Kind::Unavailable, "No answer in time. Try again in a few seconds.")
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over so")]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
    tracing::error!(panic = words, "a request's handler panicked");
    let detail = "Something failed on our side. Try again; the same Idempotency-Key is safe.";
    Problem::new(Kind::Internal, detail).into_response()
}

/// A layer's own refusal, plain text or nothing, as a [`Problem`] like every other.
async fn explain_bare_refusals(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.extensions().get::<Problem>().is_some() {
        return response;
    }
    let problem = match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        StatusCode::METHOD_NOT_ALLOWED => {
            Problem::new(Kind::MethodNotAllowed, "This address takes other methods; see Allow.")
        }
        _ => return response,
    };
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut explained = problem.into_response();
    explained.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
    explained
}

/// Refuses what another site makes a visitor's browser send. With the cookie's
/// `SameSite=Lax` that is all the protection forms need; a program sends neither
/// header and no cookie of a visitor, so it is let through.
async fn refuse_foreign_forms(request: Request, next: Next) -> Response {
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if harmless || is_from_here(request.headers()) {
        return next.run(request).await;
    }
    let detail = "This form was sent from another site. Open the page here and send it again.";
    Problem::new(Kind::Forbidden, detail).into_response()
}

fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == text(header::HOST)
}

/// Shows problems to browsers as pages; programs keep the JSON.
async fn pages_for_browsers(
    render: Option<fn(&Problem) -> String>,
    request: Request,
    next: Next,
) -> Response {
    let is_page = wants_html(request.headers()) && !request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    match (response.extensions().get::<Problem>(), render.filter(|_| is_page)) {
        (Some(problem), Some(render)) => as_page(&response, problem, render),
        (Some(_) | None, _) => response,
    }
}

fn as_page(response: &Response, problem: &Problem, render: fn(&Problem) -> String) -> Response {
    let mut page = (problem.status(), Html(render(problem))).into_response();
    for (name, value) in response.headers() {
        let of_the_body = matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH);
        if !of_the_body {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair =
            |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        headers.iter().map(pair).collect()
    }

    #[test]
    fn a_form_from_another_site_is_told_from_ours() {
        let host = ("host", "shop.example:8080");
        assert!(is_from_here(&from(&[host])));
        assert!(is_from_here(&from(&[host, ("sec-fetch-site", "same-origin")])));
        assert!(is_from_here(&from(&[host, ("origin", "http://shop.example:8080")])));
        assert!(!is_from_here(&from(&[host, ("sec-fetch-site", "cross-site")])));
        assert!(!is_from_here(&from(&[host, ("sec-fetch-site", "same-site")])));
        assert!(!is_from_here(&from(&[host, ("origin", "http://other.example")])));
        assert!(!is_from_here(&from(&[host, ("origin", "null")])));
    }
}
