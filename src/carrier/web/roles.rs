//! Who may ask: an extractor for each role, so that a handler's signature says whom
//! it answers. Programs come with a bearer token, people with their browser's cookie.
//!
//! Whether a thing is somebody's own is for the query that reads it.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::{
    AppState,
    frame::{Frame, to_login},
    people::{Access, Person, SESSION, Scope, Session},
};
use crate::web::{Hosts, Kind, Problem, people::Caller};

/// The session of a browser, if it has one.
#[derive(Debug)]
pub struct Browser(pub Option<Session>);

impl FromRequestParts<AppState> for Browser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let caller: Result<Caller, Infallible> = Caller::from_request_parts(parts, state).await;
        let Ok(caller) = caller;
        match SESSION.read(&parts.headers, caller.is_secure) {
            Some(secret) => Ok(Self(state.sessions.session(secret).await?)),
            None => Ok(Self(None)),
        }
    }
}

/// Whoever looks at a page, signed in or not.
#[derive(Debug)]
pub struct Visitor(pub Option<Person>);

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Browser(session) = Browser::from_request_parts(parts, state).await?;
        Ok(Self(session.map(|session| session.person)))
    }
}

/// Somebody who is signed in, and the frame of the page; others are sent to log in.
pub struct Signed {
    pub person: Person,
    pub frame: Frame,
}

impl FromRequestParts<AppState> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let frame = Frame::from_request_parts(parts, state).await;
        let frame = frame.map_err(IntoResponse::into_response)?;
        match frame.person.clone() {
            Some(person) => Ok(Self { person, frame }),
            None => Err(to_login(way_back(parts, state, &frame))),
        }
    }
}

/// Where to go on after the login. What a form was sent to may be no page: then it is the one
/// that the form was on.
fn way_back<'a>(parts: &'a Parts, state: &AppState, frame: &'a Frame) -> &'a str {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return &frame.here;
    }
    let hosts = Hosts::only(&state.public.urls);
    hosts.page_before(&parts.headers).unwrap_or("/")
}

/// Somebody of the staff who is signed in, and the frame of the page.
pub struct SignedStaff {
    pub person: Person,
    pub frame: Frame,
}

impl FromRequestParts<AppState> for SignedStaff {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Signed { person, frame } = Signed::from_request_parts(parts, state).await?;
        if !person.is_staff {
            return Err(staff_only().into_response());
        }
        Ok(Self { person, frame })
    }
}

/// A program's owner, by its bearer token; without one the request ends with 401, without the
/// scope that it needs with 403.
#[derive(Debug)]
pub struct Bearer(pub Person);

impl FromRequestParts<AppState> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        bearer(parts, state, Scope::Change).await.map(|access| Self(access.person))
    }
}

/// The same, where it matters which token it is.
#[derive(Debug)]
pub struct BearerToken {
    pub person: Person,
    pub id: i64,
}

impl FromRequestParts<AppState> for BearerToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Access { person, id, .. } = bearer(parts, state, Scope::Change).await?;
        Ok(Self { person, id })
    }
}

/// A program of somebody of the staff.
#[derive(Debug)]
pub struct BearerStaff(pub Person);

impl FromRequestParts<AppState> for BearerStaff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Access { person, .. } = bearer(parts, state, Scope::Staff).await?;
        if person.is_staff { Ok(Self(person)) } else { Err(staff_only()) }
    }
}

/// The token of a request that may be made with it: to read takes one scope, to change
/// something takes that of the role.
async fn bearer(parts: &Parts, state: &AppState, to_change: Scope) -> Result<Access, Problem> {
    let refuse = |why: &str| {
        let how = "Get a token from POST /api/v1/tokens and send it as Authorization: Bearer …";
        Problem::new(Kind::Unauthorized, format!("{why} {how}"))
    };
    let Some(token) = bearer_token(&parts.headers) else {
        return Err(refuse("This needs a token."));
    };
    let found = state.sessions.token(token).await?;
    let access = found.ok_or_else(|| refuse("The token is unknown or has ended."))?;
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let needed = if reads { Scope::Read } else { to_change };
    if access.scopes.allow(needed) {
        return Ok(access);
    }
    let detail = format!("The token lacks the scope `{needed}`. Make one that has it.");
    Err(Problem::new(Kind::Forbidden, detail))
}

fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn staff_only() -> Problem {
    Problem::new(Kind::Forbidden, "This is for the carrier's staff.")
}
