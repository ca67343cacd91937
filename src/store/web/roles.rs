//! Who may ask: an extractor for each role, so that a handler's signature says whom
//! it answers. Programs come with a bearer token, people with their browser's cookie.
//!
//! Whether a thing is somebody's own is for the query that reads it.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::{
    AppState,
    frame::{Frame, to_login},
    people::sessions::{Person, session},
};
use crate::{
    basis::SellerId,
    web::{Kind, Problem},
};

/// A program's owner, by its bearer token; without one the request ends with 401.
#[derive(Debug)]
pub struct Bearer(pub Person);

impl FromRequestParts<AppState> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let refuse = |why: &str| {
            let how = "Get a token from POST /api/v1/tokens and send it as Authorization: Bearer …";
            Problem::new(Kind::Unauthorized, format!("{why} {how}"))
        };
        let Some(token) = bearer(&parts.headers) else {
            return Err(refuse("This needs a token."));
        };
        let person = state.sessions.find(token).await?;
        person.map(Self).ok_or_else(|| refuse("The token is unknown or has ended."))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Whoever looks at a page, signed in or not.
#[derive(Debug)]
pub struct Visitor(pub Option<Person>);

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        match session(&parts.headers) {
            Some(token) => Ok(Self(state.sessions.find(token).await?)),
            None => Ok(Self(None)),
        }
    }
}

/// A seller's program.
#[derive(Debug)]
pub struct BearerSeller {
    pub person: Person,
    pub seller: SellerId,
}

impl FromRequestParts<AppState> for BearerSeller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Bearer(person) = Bearer::from_request_parts(parts, state).await?;
        let seller = person.seller.ok_or_else(sellers_only)?;
        Ok(Self { person, seller })
    }
}

/// An admin's program.
#[derive(Debug)]
pub struct BearerAdmin(pub Person);

impl FromRequestParts<AppState> for BearerAdmin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Bearer(person) = Bearer::from_request_parts(parts, state).await?;
        if person.is_admin { Ok(Self(person)) } else { Err(admins_only()) }
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
            None => Err(to_login(&frame.here)),
        }
    }
}

/// A seller who is signed in.
pub struct SignedSeller {
    pub person: Person,
    pub seller: SellerId,
    pub frame: Frame,
}

impl FromRequestParts<AppState> for SignedSeller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Signed { person, frame } = Signed::from_request_parts(parts, state).await?;
        let seller = person.seller.ok_or_else(|| sellers_only().into_response())?;
        Ok(Self { person, seller, frame })
    }
}

/// An admin who is signed in.
pub struct SignedAdmin {
    pub person: Person,
    pub frame: Frame,
}

impl FromRequestParts<AppState> for SignedAdmin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let Signed { person, frame } = Signed::from_request_parts(parts, state).await?;
        if !person.is_admin {
            return Err(admins_only().into_response());
        }
        Ok(Self { person, frame })
    }
}

fn sellers_only() -> Problem {
    Problem::new(Kind::Forbidden, "This is for sellers. Become one in your account first.")
}

fn admins_only() -> Problem {
    Problem::new(Kind::Forbidden, "This is for the shop's admins.")
}
