//! One's own account: the profile, the e-mail address, the password, the end.
//!
//! Sessions and tokens are in [`access`](super::access).

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use crate::{
    store::web::{
        AppState,
        caller::Caller,
        cookie,
        frame::Frame,
        people::{
            leaving,
            profile::{self, NewEmail, NewProfile, Place, Profile},
        },
        roles::{Browser, Signed},
    },
    web::{
        self, FieldError, FormBody, Params, Problem,
        people::{Kept, NewPassword},
    },
};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/account", get(profile_form).post(change_profile))
        .route("/account/email", get(email_form).post(change_email))
        .route("/account/password", get(password_form).post(change_password))
        .route("/account/delete", get(delete_form).post(delete))
}

/// What was done just before, to be said on the page that one is sent to.
#[derive(Debug, Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

impl Done {
    pub fn words(&self) -> Option<&'static str> {
        match self.done.as_str() {
            "profile" => Some("Your profile is saved."),
            "email" => Some("Your e-mail address is changed. Log in with the new one from now on."),
            "password" => Some("Your password is changed. All other browsers are logged out."),
            "session" => Some("That browser is logged out."),
            "sessions" => Some("All other browsers are logged out."),
            "token" => Some("The token is revoked."),
            _ => None,
        }
    }
}

/// The profile's form, as texts.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ProfileForm {
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
    #[serde(default)]
    carrier_account: String,
}

impl ProfileForm {
    fn of(profile: &Profile) -> Self {
        let coordinate = |read: fn(Place) -> i32| {
            profile.default_place.map(|place| read(place).to_string()).unwrap_or_default()
        };
        Self {
            first_name: profile.first_name.clone(),
            last_name: profile.last_name.clone(),
            address: profile.address.clone(),
            x: coordinate(|place| place.x),
            y: coordinate(|place| place.y),
            carrier_account: profile.carrier_account.clone().unwrap_or_default(),
        }
    }

    fn read(&self) -> Result<NewProfile, Problem> {
        let form = self.clone();
        let carrier_account = Some(form.carrier_account).filter(|name| !name.trim().is_empty());
        Ok(NewProfile {
            first_name: form.first_name,
            last_name: form.last_name,
            address: form.address,
            default_place: read_place(&self.x, &self.y)?,
            carrier_account,
        })
    }
}

/// Both coordinates or none.
fn read_place(x: &str, y: &str) -> Result<Option<Place>, Problem> {
    let (x, y) = (x.trim(), y.trim());
    if x.is_empty() && y.is_empty() {
        return Ok(None);
    }
    let mut errors = Vec::new();
    let mut coordinate = |field: &str, text: &str| {
        text.parse::<i32>().unwrap_or_else(|_| {
            let detail = "must be a whole number, or empty in both fields".to_owned();
            errors.push(FieldError { field: field.to_owned(), detail });
            0
        })
    };
    let place = Place { x: coordinate("x", x), y: coordinate("y", y) };
    if errors.is_empty() { Ok(Some(place)) } else { Err(Problem::invalid(errors)) }
}

#[derive(Template)]
#[template(path = "store/people/account.html")]
struct ProfilePage {
    frame: Frame,
    email: String,
    form: ProfileForm,
    done: Option<&'static str>,
    problem: Option<Problem>,
}

async fn profile_form(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    Params(done): Params<Done>,
) -> Result<Response, Problem> {
    let profile = profile::find(&state, &person).await?;
    let (form, email) = (ProfileForm::of(&profile), profile.email);
    Ok(web::page(&ProfilePage { frame, email, form, done: done.words(), problem: None }))
}

async fn change_profile(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    FormBody(form): FormBody<ProfileForm>,
) -> Result<Response, Problem> {
    let changed = match form.read() {
        Ok(new) => profile::change(&state, &person, new).await,
        Err(problem) => Err(problem),
    };
    match changed {
        Ok(_) => Ok(Redirect::to("/account?done=profile").into_response()),
        Err(problem) => {
            let (email, told) = (person.email.to_string(), Some(problem.clone()));
            let page = ProfilePage { frame, email, form, done: None, problem: told };
            Ok(web::refused(&problem, &page))
        }
    }
}

#[derive(Template)]
#[template(path = "store/people/email.html")]
struct EmailPage {
    frame: Frame,
    email: String,
    problem: Option<Problem>,
}

async fn email_form(Signed { person, frame }: Signed) -> Response {
    web::page(&EmailPage { frame, email: person.email.to_string(), problem: None })
}

#[derive(Deserialize)]
struct EmailForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

async fn change_email(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    caller: Caller,
    FormBody(EmailForm { email, password }): FormBody<EmailForm>,
) -> Result<Response, Problem> {
    let new = NewEmail { email: email.clone(), password };
    match profile::change_email(&state, &caller, &person, new).await {
        Ok(()) => Ok(Redirect::to("/account?done=email").into_response()),
        Err(problem) => {
            let page = EmailPage { frame, email, problem: Some(problem.clone()) };
            Ok(web::refused(&problem, &page))
        }
    }
}

#[derive(Template)]
#[template(path = "store/people/password.html")]
struct PasswordPage {
    frame: Frame,
    problem: Option<Problem>,
}

async fn password_form(Signed { frame, .. }: Signed) -> Response {
    web::page(&PasswordPage { frame, problem: None })
}

#[derive(Deserialize)]
struct PasswordForm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    new_password: String,
    /// A box that was ticked.
    revoke_tokens: Option<String>,
}

async fn change_password(
    State(state): State<AppState>,
    Browser(session): Browser,
    Signed { person, frame }: Signed,
    (caller, headers): (Caller, HeaderMap),
    FormBody(form): FormBody<PasswordForm>,
) -> Result<Response, Problem> {
    let PasswordForm { password, new_password, revoke_tokens } = form;
    let change = NewPassword { password, new_password, revoke_tokens: revoke_tokens.is_some() };
    // Signed in, so there is one; an id that no session has ends them all.
    let change = (change, Kept::Session(session.map_or(0, |session| session.id)));
    let proving = &state.proving;
    if let Err(problem) = proving.change_password(&state.sessions, &caller, &person, change).await {
        let page = PasswordPage { frame, problem: Some(problem.clone()) };
        return Ok(web::refused(&problem, &page));
    }
    // Who has seen the old secret has seen enough.
    let old = cookie::SESSION.read(&headers, caller.is_secure).unwrap_or_default();
    let there = Redirect::to("/account?done=password");
    match state.sessions.rotate(old).await? {
        Some((secret, max_age_s)) => {
            let cookie = cookie::SESSION.set(&secret, max_age_s, caller.is_secure);
            Ok(([(header::SET_COOKIE, cookie)], there).into_response())
        }
        None => Ok(there.into_response()),
    }
}

#[derive(Template)]
#[template(path = "store/people/delete.html")]
struct DeletePage {
    frame: Frame,
    problem: Option<Problem>,
}

async fn delete_form(Signed { frame, .. }: Signed) -> Response {
    web::page(&DeletePage { frame, problem: None })
}

#[derive(Deserialize)]
struct DeleteForm {
    #[serde(default)]
    password: String,
}

async fn delete(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    caller: Caller,
    FormBody(DeleteForm { password }): FormBody<DeleteForm>,
) -> Result<Response, Problem> {
    match leaving::leave(&state, &caller, &person, password).await {
        Ok(()) => {
            let cookie = [(header::SET_COOKIE, cookie::SESSION.clear(caller.is_secure))];
            Ok((cookie, Redirect::to("/")).into_response())
        }
        Err(problem) => {
            let page = DeletePage { frame, problem: Some(problem.clone()) };
            Ok(web::refused(&problem, &page))
        }
    }
}
