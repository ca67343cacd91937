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

use crate::{
    store::web::{
        AppState,
        caller::Caller,
        cart::{changes, owner},
        cookie,
        frame::Frame,
        people::{
            accounts::{self, NewAccount},
            sessions::{Proved, Stay},
        },
    },
    web::{self, FormBody, Params, Problem, local_path, people::Credentials},
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
    remember: bool,
    problem: Option<Problem>,
}

pub async fn login_form(frame: Frame, Params(next): Params<Next>) -> Response {
    if frame.person.is_some() {
        return Redirect::to(next.path()).into_response();
    }
    let next = next.path().to_owned();
    web::page(&LoginPage { frame, next, email: String::new(), remember: false, problem: None })
}

#[derive(Deserialize)]
pub struct LoginForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    /// A box that was ticked, whatever its value is.
    remember: Option<String>,
    #[serde(flatten)]
    next: Next,
}

pub async fn log_in(
    State(state): State<AppState>,
    frame: Frame,
    caller: Caller,
    headers: HeaderMap,
    FormBody(LoginForm { email, password, remember, next }): FormBody<LoginForm>,
) -> Result<Response, Problem> {
    let credentials = Credentials { email: email.clone(), password };
    match state.proving.log_in(&caller, credentials).await {
        Ok(proved) => {
            let stay = if remember.is_some() { Stay::Remembered } else { Stay::Browser };
            welcome(&state, (&caller, &headers), (&proved, stay), next.path()).await
        }
        Err(problem) => {
            let (next, remember) = (next.path().to_owned(), remember.is_some());
            let told = Some(problem.clone());
            let page = LoginPage { frame, next, email, remember, problem: told };
            Ok(web::refused(&problem, &page))
        }
    }
}

/// Opens a session under a new id; the one before, if any, is over.
async fn welcome(
    state: &AppState,
    (caller, headers): (&Caller, &HeaderMap),
    (proved, stay): (&Proved, Stay),
    next: &str,
) -> Result<Response, Problem> {
    if let Some(old) = cookie::SESSION.read(headers, caller.is_secure) {
        state.sessions.close(old).await?;
    }
    let secret = state.sessions.open(proved, stay, caller).await?;
    let cookie = cookie::SESSION.set(&secret, stay.max_age_s(), caller.is_secure);
    let mut answer = ([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response();
    // What was put in before becomes the account's.
    if let Some(visitor) = owner::visitor(headers, caller.is_secure) {
        changes::merge(state, &visitor, proved.person.account).await?;
        answer.headers_mut().append(header::SET_COOKIE, cookie::CART.clear(caller.is_secure));
    }
    Ok(answer)
}

pub async fn log_out(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(secret) = cookie::SESSION.read(&headers, caller.is_secure) {
        state.sessions.close(secret).await?;
    }
    let cookie = [(header::SET_COOKIE, cookie::SESSION.clear(caller.is_secure))];
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
    caller: Caller,
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
    match accounts::register(&state, &caller, new).await {
        Ok(proved) => {
            welcome(&state, (&caller, &headers), (&proved, Stay::Browser), next.path()).await
        }
        Err(problem) => {
            let (next, told) = (next.path().to_owned(), Some(problem.clone()));
            let page = RegisterPage { frame, next, email, first_name, last_name, problem: told };
            Ok(web::refused(&problem, &page))
        }
    }
}
