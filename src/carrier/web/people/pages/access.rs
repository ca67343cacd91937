//! Where one is logged in, and the tokens of one's programs.
//!
//! Both are named by numbers; a token is shown once, when it is made.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::account::Done;
use crate::{
    carrier::web::{
        AppState,
        frame::Frame,
        people::{Scope, Scopes, TokenWish},
        roles::{Browser, Signed},
    },
    web::{
        self, FormBody, Kind, Params, Problem,
        people::sessions::{Issued, SessionView, TokenView},
    },
};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/account/sessions", get(sessions).post(end_sessions))
        .route("/account/tokens", get(tokens).post(change_tokens))
}

#[derive(Template)]
#[template(path = "carrier/people/sessions.html")]
struct SessionsPage {
    frame: Frame,
    sessions: Vec<SessionView>,
    /// The one that looks at the page.
    this: Option<i64>,
    done: Option<&'static str>,
}

async fn sessions(
    State(state): State<AppState>,
    Browser(session): Browser,
    Signed { person, frame }: Signed,
    Params(done): Params<Done>,
) -> Result<Response, Problem> {
    let sessions = state.sessions.sessions_of(person.account).await?;
    let this = session.map(|session| session.id);
    Ok(web::page(&SessionsPage { frame, sessions, this, done: done.words() }))
}

#[derive(Deserialize)]
struct EndForm {
    /// A session's id, or `others`.
    #[serde(default)]
    end: String,
}

async fn end_sessions(
    State(state): State<AppState>,
    Browser(session): Browser,
    Signed { person, .. }: Signed,
    FormBody(EndForm { end }): FormBody<EndForm>,
) -> Result<Response, Problem> {
    if end == "others" {
        let this = session.map(|session| session.id);
        state.sessions.end_other_sessions(person.account, this).await?;
        return Ok(Redirect::to("/account/sessions?done=sessions").into_response());
    }
    let unknown = |_| Problem::new(Kind::BadRequest, "Press one of the page's buttons.");
    let id = end.parse().map_err(unknown)?;
    if !state.sessions.end_session(person.account, id).await? {
        return Err(no_such("session"));
    }
    Ok(Redirect::to("/account/sessions?done=session").into_response())
}

fn no_such(what: &str) -> Problem {
    Problem::new(Kind::NotFound, format!("There is no such {what} of yours; it may have ended."))
}

/// A token as it is asked for on the page.
#[derive(Debug, Default, Deserialize)]
struct TokenForm {
    /// A token's id, to revoke it.
    revoke: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    days: String,
    read: Option<String>,
    change: Option<String>,
    staff: Option<String>,
}

impl TokenForm {
    fn fresh() -> Self {
        let (days, ticked) = ("90".to_owned(), Some("yes".to_owned()));
        Self { days, read: ticked, ..Self::default() }
    }

    fn has(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Read => self.read.is_some(),
            Scope::Change => self.change.is_some(),
            Scope::Staff => self.staff.is_some(),
        }
    }

    fn wish(&self) -> Result<TokenWish, Problem> {
        let scopes = Scopes::some(Scope::ALL.into_iter().filter(|scope| self.has(scope)));
        // Nothing that is no number is from 1 to 365.
        let days = self.days.trim().parse().unwrap_or(0);
        TokenWish { name: self.name.clone(), scopes, days }.check()
    }
}

#[derive(Template)]
#[template(path = "carrier/people/tokens.html")]
struct TokensPage {
    frame: Frame,
    tokens: Vec<TokenView<Scope>>,
    form: TokenForm,
    /// A new one, this once.
    issued: Option<String>,
    done: Option<&'static str>,
    problem: Option<Problem>,
}

impl TokensPage {
    fn scopes(token: &TokenView<Scope>) -> String {
        match token.scopes.listed() {
            None => "everything".to_owned(),
            Some(scopes) => {
                scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

async fn tokens(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    Params(done): Params<Done>,
) -> Result<Response, Problem> {
    let tokens = state.sessions.tokens_of(person.account).await?;
    let (form, done) = (TokenForm::fresh(), done.words());
    Ok(web::page(&TokensPage { frame, tokens, form, issued: None, done, problem: None }))
}

async fn change_tokens(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    FormBody(form): FormBody<TokenForm>,
) -> Result<Response, Problem> {
    if let Some(id) = &form.revoke {
        let id = id.parse().map_err(|_| no_such("token"))?;
        if !state.sessions.revoke_token(person.account, id).await? {
            return Err(no_such("token"));
        }
        return Ok(Redirect::to("/account/tokens?done=token").into_response());
    }
    let issued = match form.wish() {
        Ok(wish) => state.sessions.issue_signed(&person, &wish).await,
        Err(problem) => Err(problem),
    };
    let tokens = state.sessions.tokens_of(person.account).await?;
    match issued {
        Ok(Issued { token, .. }) => {
            let (form, issued) = (TokenForm::fresh(), Some(token));
            let page = TokensPage { frame, tokens, form, issued, done: None, problem: None };
            // Shown here and nowhere else, so the answer is the page and no redirect to it.
            let unkept = [(header::CACHE_CONTROL, "no-store")];
            Ok((StatusCode::CREATED, unkept, web::page(&page)).into_response())
        }
        Err(problem) => {
            let (issued, done, told) = (None, None, Some(problem.clone()));
            let page = TokensPage { frame, tokens, form, issued, done, problem: told };
            Ok(web::refused(&problem, &page))
        }
    }
}
