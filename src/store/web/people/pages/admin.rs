//! All accounts and the audit log, for admins.

use askama::Template;
use axum::{
    Json, Router,
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use crate::{
    store::web::{
        AppState,
        caller::Caller,
        frame::Frame,
        people::{
            audit::reading::{self, Noted, Wanted, table},
            directory::{self, AccountChange, AccountView, Standing},
            sessions::Person,
        },
        roles::SignedAdmin,
    },
    web::{self, FormBody, Kind, Params, PathId, Problem, words::form_encoded},
};

const PAGE: i64 = 50;
/// Entries in an export; who wants more says from when until when.
const EXPORT_MAX: i64 = 10_000;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin/accounts", get(accounts))
        .route("/admin/accounts/{id}", get(account).post(change_account))
        .route("/admin/audit", get(audit_log))
        .route("/admin/audit.csv", get(audit_csv))
        .route("/admin/audit.json", get(audit_json))
}

#[derive(Deserialize)]
struct Who {
    #[serde(default)]
    q: String,
    #[serde(default)]
    standing: Standing,
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "store/people/accounts.html")]
struct AccountsPage {
    frame: Frame,
    q: String,
    standing: Standing,
    accounts: Vec<AccountView>,
    is_first: bool,
    next: Option<i64>,
}

impl AccountsPage {
    fn address(&self, before: Option<&i64>) -> String {
        let (q, standing) = (form_encoded(&self.q), self.standing.as_str());
        let before = before.map(|id| format!("&before={id}")).unwrap_or_default();
        format!("/admin/accounts?q={q}&standing={standing}{before}")
    }
}

async fn accounts(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
    Params(Who { q, standing, before }): Params<Who>,
) -> Result<Response, Problem> {
    let (accounts, next) = directory::list(&state, (&q, standing), before, PAGE).await?;
    let is_first = before.is_none();
    Ok(web::page(&AccountsPage { frame, q, standing, accounts, is_first, next }))
}

#[derive(Template)]
#[template(path = "store/people/account_admin.html")]
struct AccountPage {
    frame: Frame,
    account: AccountView,
    /// It is the admin's own.
    is_own: bool,
    problem: Option<Problem>,
}

async fn account(
    State(state): State<AppState>,
    SignedAdmin { person, frame }: SignedAdmin,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let account = directory::find(&state, id).await?;
    let is_own = person.account.0 == id;
    Ok(web::page(&AccountPage { frame, account, is_own, problem: None }))
}

#[derive(Deserialize)]
struct ChangeForm {
    #[serde(default)]
    change: String,
}

impl ChangeForm {
    fn read(&self) -> Result<AccountChange, Problem> {
        let (is_admin, is_suspended) = match self.change.as_str() {
            "grant" => (Some(true), None),
            "revoke" => (Some(false), None),
            "suspend" => (None, Some(true)),
            "unsuspend" => (None, Some(false)),
            _ => return Err(Problem::new(Kind::BadRequest, "Press one of the page's buttons.")),
        };
        Ok(AccountChange { is_admin, is_suspended })
    }
}

async fn change_account(
    State(state): State<AppState>,
    SignedAdmin { person, frame }: SignedAdmin,
    caller: Caller,
    PathId(id): PathId,
    FormBody(form): FormBody<ChangeForm>,
) -> Result<Response, Problem> {
    match directory::change(&state, (&person, &caller), id, form.read()?).await {
        Ok(_) => Ok(Redirect::to(&format!("/admin/accounts/{id}")).into_response()),
        Err(problem) => {
            let account = directory::find(&state, id).await?;
            let (is_own, told) = (person.account.0 == id, Some(problem.clone()));
            let page = AccountPage { frame, account, is_own, problem: told };
            Ok(web::refused(&problem, &page))
        }
    }
}

#[derive(Deserialize)]
struct Before {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "store/people/audit.html")]
struct AuditPage {
    frame: Frame,
    base: &'static str,
    wanted: Wanted,
    entries: Vec<Noted>,
    is_first: bool,
    next: Option<i64>,
}

async fn audit_log(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
    Params(wanted): Params<Wanted>,
    Params(Before { before }): Params<Before>,
) -> Result<Response, Problem> {
    let (entries, next) = reading::read::<Person>(&state.db, &wanted, before, PAGE).await?;
    Ok(web::page(&AuditPage {
        frame,
        base: "/admin",
        wanted,
        entries,
        is_first: before.is_none(),
        next,
    }))
}

async fn audit_json(
    State(state): State<AppState>,
    SignedAdmin { .. }: SignedAdmin,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Problem> {
    let (entries, _) = reading::read::<Person>(&state.db, &wanted, None, EXPORT_MAX).await?;
    let name = [(header::CONTENT_DISPOSITION, "attachment; filename=\"audit.json\"")];
    Ok((name, Json(entries)).into_response())
}

async fn audit_csv(
    State(state): State<AppState>,
    SignedAdmin { .. }: SignedAdmin,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Problem> {
    let (entries, _) = reading::read::<Person>(&state.db, &wanted, None, EXPORT_MAX).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, table(&entries)).into_response())
}
