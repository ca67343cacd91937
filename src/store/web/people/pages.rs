//! Making an account, logging in and out.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    accounts::{self, Credentials, NewAccount},
    sessions::{self, Person},
};
use crate::{
    store::web::{AppState, frame::Frame},
    web::{self, FormBody, Params, Problem, local_path},
};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/register", get(register_form).post(register))
        .route("/login", get(login_form).post(log_in))
        .route("/logout", post(log_out))
}

#[derive(Debug, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

impl Next {
    /// Where to go afterwards; never to another site.
    fn path(&self) -> &str {
        local_path(&self.next).unwrap_or("/")
    }
}

#[derive(Template)]
#[template(path = "store/login.html")]
struct LoginPage {
    frame: Frame,
    next: String,
    email: String,
    problem: Option<Problem>,
}

pub async fn login_form(frame: Frame, Params(next): Params<Next>) -> Response {
    if frame.person.is_some() {
        return Redirect::to(next.path()).into_response();
    }
    let next = next.path().to_owned();
    web::page(&LoginPage { frame, next, email: String::new(), problem: None })
}

#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(flatten)]
    next: Next,
}

pub async fn log_in(
    State(state): State<AppState>,
    frame: Frame,
    headers: HeaderMap,
    FormBody(LoginForm { email, password, next }): FormBody<LoginForm>,
) -> Result<Response, Problem> {
    let credentials = Credentials { email: email.clone(), password };
    match accounts::log_in(&state, credentials).await {
        Ok(person) => welcome(&state, &headers, &person, next.path()).await,
        Err(problem) => {
            let next = next.path().to_owned();
            let status = problem.status();
            let page = LoginPage { frame, next, email, problem: Some(problem) };
            Ok((status, web::page(&page)).into_response())
        }
    }
}

/// Opens a session; the one before, if any, is over.
async fn welcome(
    state: &AppState,
    headers: &HeaderMap,
    person: &Person,
    next: &str,
) -> Result<Response, Problem> {
    if let Some(old) = sessions::session(headers) {
        state.sessions.close(old).await?;
    }
    let (token, _) = state.sessions.open(person.account).await?;
    let cookie = [(header::SET_COOKIE, sessions::cookie(Some(&token), headers))];
    Ok((cookie, Redirect::to(next)).into_response())
}

pub async fn log_out(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(token) = sessions::session(&headers) {
        state.sessions.close(token).await?;
    }
    let cookie = [(header::SET_COOKIE, sessions::cookie(None, &headers))];
    Ok((cookie, Redirect::to("/")).into_response())
}

#[derive(Template)]
#[template(path = "store/register.html")]
struct RegisterPage {
    frame: Frame,
    next: String,
    email: String,
    first_name: String,
    last_name: String,
    problem: Option<Problem>,
}

pub async fn register_form(frame: Frame, Params(next): Params<Next>) -> Response {
    if frame.person.is_some() {
        return Redirect::to(next.path()).into_response();
    }
    let (next, empty) = (next.path().to_owned(), String::new);
    web::page(&RegisterPage {
        frame,
        next,
        email: empty(),
        first_name: empty(),
        last_name: empty(),
        problem: None,
    })
}

#[derive(Deserialize)]
pub struct RegisterForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    #[serde(flatten)]
    next: Next,
}

pub async fn register(
    State(state): State<AppState>,
    frame: Frame,
    headers: HeaderMap,
    FormBody(form): FormBody<RegisterForm>,
) -> Result<Response, Problem> {
    let RegisterForm { email, password, first_name, last_name, next } = form;
    let new = NewAccount {
        email: email.clone(),
        password,
        first_name: first_name.clone(),
        last_name: last_name.clone(),
    };
    match accounts::register(&state, new).await {
        Ok(person) => welcome(&state, &headers, &person, next.path()).await,
        Err(problem) => {
            let (next, status) = (next.path().to_owned(), problem.status());
            let problem = Some(problem);
            let page = RegisterPage { frame, next, email, first_name, last_name, problem };
            Ok((status, web::page(&page)).into_response())
        }
    }
}
