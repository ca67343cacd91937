//! What is around every page of the carrier.
//!
//! Pages are rendered by the server and complete without scripts. What is in them is beside
//! their routes.

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};

use super::{AppState, notices, people::Person, roles::Visitor};
use crate::web::{Problem, words::form_encoded};

/// Who looks at a page, and where.
pub struct Frame {
    pub person: Option<Person>,
    /// Notices that were not read yet.
    pub unread: i64,
    /// This page's address, to come back to.
    pub here: String,
}

impl FromRequestParts<AppState> for Frame {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Visitor(person) = Visitor::from_request_parts(parts, state).await?;
        let unread = match &person {
            Some(person) => notices::list::unread(state, person.account).await?,
            None => 0,
        };
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { person, unread, here })
    }
}

impl Frame {
    /// This page's address for the links to log in.
    pub fn login_next(&self) -> String {
        form_encoded(&self.here)
    }
}

/// Sends a visitor to log in, and back afterwards.
pub fn to_login(here: &str) -> Response {
    Redirect::to(&format!("/login?next={}", form_encoded(here))).into_response()
}

#[derive(Template)]
#[template(path = "carrier/problem.html")]
struct ProblemPage<'a> {
    problem: &'a Problem,
}

/// A problem as a page of the carrier.
pub fn problem_page(problem: &Problem) -> String {
    ProblemPage { problem }.render().unwrap_or_else(|_| problem.detail().to_owned())
}
