//! The layers around a site: what protects visitors from others and us from them.
//!
//! Who a visitor is and what he may do is not decided here.

use std::{any::Any, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
};
use serde_json::Value;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, set_header::SetResponseHeaderLayer,
};

use super::{Cors, Hosts, Kind, Problem, hosts::host, intake::take_in, wants_html};
use crate::runtime::Admission;

/// No inline script or style, nothing from elsewhere, in no frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// No form and no request of the API needs more.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// What a site may set about its guard.
#[derive(Debug, Clone)]
pub struct Guarded {
    /// A request (not its streamed answer) that takes longer is answered with 503.
    pub deadline: Duration,
    /// A body that takes longer to arrive is answered with 408.
    pub body_within: Duration,
    /// A longer body is answered with 413.
    pub body_bytes_max: usize,
    /// Requests (not streamed answers) at once; a further one is answered with 503.
    pub in_flight_max: usize,
    /// A request for a site of another name is answered with 421.
    pub hosts: Hosts,
    /// Other sites whose pages may use the API.
    pub cors: Cors,
    pub wording: Wording,
}

/// How problems are put.
#[derive(Debug, Clone, Copy)]
pub enum Wording {
    /// As `application/problem+json`; to browsers as a page, where the site has one.
    Problem { page: Option<fn(&Problem) -> String> },
    /// As JSON that a dialect of its own has for it, given the request's path.
    Own(fn(&Problem, &str) -> Value),
}

impl Default for Guarded {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            body_within: Duration::from_secs(20),
            body_bytes_max: BODY_BYTES_MAX,
            in_flight_max: 4_096,
            hosts: Hosts::default(),
            cors: Cors::default(),
            wording: Wording::Problem { page: None },
        }
    }
}

/// Puts a site's routes behind every protective layer, and unknown addresses with them.
pub fn guard<S: Clone + Send + Sync + 'static>(routes: Router<S>, guarded: Guarded) -> Router<S> {
    let nowhere = || async { Problem::new(Kind::NotFound, "There is nothing under this address.") };
    guard_part(routes.fallback(nowhere), guarded)
}

/// The same for routes that will be a part of a site, which knows its unknown addresses.
pub fn guard_part<S: Clone + Send + Sync + 'static>(
    routes: Router<S>,
    guarded: Guarded,
) -> Router<S> {
    let Guarded { deadline, body_within, body_bytes_max, in_flight_max, .. } = guarded;
    let Guarded { hosts, cors, wording, .. } = guarded;
    let around = cors.clone();
    let inside = Admission::new(in_flight_max);
    let guarded = routes
        .method_not_allowed_fallback(|| std::future::ready(method_not_allowed()))
        // Bodies are bounded below, for each site as it wants.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(move |request, next| {
            take_in(body_bytes_max, body_within, request, next)
        }))
        .layer(middleware::from_fn(move |request, next| {
            refuse_foreign(hosts.clone(), cors.clone(), request, next)
        }))
        .layer(middleware::from_fn(move |request, next| admit(inside.clone(), request, next)))
        .layer(middleware::from_fn(move |request: Request, next: Next| async move {
            let answer = tokio::time::timeout(deadline, next.run(request)).await;
            answer.unwrap_or_else(|_| late().into_response())
        }))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(move |request, next| put(wording, request, next)))
        // Around whatever makes a body: what is compressed stays as it is.
        .layer(CompressionLayer::new())
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY));
    around.around(guarded)
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Lets a request in where there is room.
async fn admit(inside: Admission, request: Request, next: Next) -> Response {
    let Some(_permit) = inside.enter() else {
        let detail = "Too many requests are under way. Try again in a second.";
        return Problem::new(Kind::Busy, detail).into_response();
    };
    next.run(request).await
}

fn method_not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "This address takes other methods; see Allow.")
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

/// Refuses what is for another site, and what another site makes a visitor's browser send.
/// With the cookie's `SameSite=Lax` that is all the protection forms need; a program sends
/// neither header and no cookie of a visitor, so it is let through.
async fn refuse_foreign(hosts: Hosts, cors: Cors, mut request: Request, next: Next) -> Response {
    if !hosts.know(&request) {
        let detail =
            "No site of this name is here. Whoever runs it can give it the name with --public-url.";
        return Problem::new(Kind::Misdirected, detail).into_response();
    }
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if harmless || is_from_here(&hosts, request.headers()) || cors.let_in(&mut request) {
        return next.run(request).await;
    }
    let detail = "This form was sent from another site. Open the page here and send it again.";
    Problem::new(Kind::Forbidden, detail).into_response()
}

fn is_from_here(hosts: &Hosts, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    hosts.include_origin(origin, host(headers))
}

/// Puts problems as the site does: to browsers as pages, while programs keep the JSON;
/// or in words of its own.
async fn put(wording: Wording, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let is_page = wants_html(request.headers()) && !path.starts_with("/api/");
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let body = match wording {
        Wording::Problem { page: Some(render) } if is_page => Html(render(problem)).into_response(),
        Wording::Problem { .. } => return response,
        Wording::Own(words) => Json(words(problem, &path)).into_response(),
    };
    reworded(&response, body)
}

/// The same refusal with another body.
fn reworded(response: &Response, mut body: Response) -> Response {
    *body.status_mut() = response.status();
    for (name, value) in response.headers() {
        let of_the_body = matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH);
        if !of_the_body {
            body.headers_mut().insert(name, value.clone());
        }
    }
    body
}

#[cfg(test)]
mod tests;
