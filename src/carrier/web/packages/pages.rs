//! My packages, in the browser: the list, one of them, and the form to send it elsewhere.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::{
    contents::{self, Item},
    list::{self, Cursor, Package, Standing, Wanted},
    owned,
    redirecting::redirect,
};
use crate::{
    basis::Point,
    carrier::{
        db::TrackedShipment,
        web::{
            AppState,
            addresses::book::{self, Address},
            frame::Frame,
            people::Person,
            roles::Signed,
            tracking::{
                map::ParcelMap,
                view::{Stop, TrackingView},
            },
        },
    },
    web::{self, FieldError, FormBody, Kind, Params, Problem, words::form_encoded},
};

const PAGE: i64 = 25;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/packages", get(packages))
        .route("/packages/{number}", get(package).post(redirect_package))
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    q: String,
    #[serde(default)]
    standing: Standing,
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "carrier/packages/list.html")]
struct ListPage {
    frame: Frame,
    user_name: String,
    q: String,
    standing: Standing,
    packages: Vec<Package>,
    is_first: bool,
    next: Option<Cursor>,
}

impl ListPage {
    fn address(&self, before: Option<&Cursor>) -> String {
        let (q, standing) = (form_encoded(&self.q), self.standing.as_str());
        let before = before.map(|cursor| format!("&before={cursor}")).unwrap_or_default();
        format!("/packages?q={q}&standing={standing}{before}")
    }

    /// Whether there are none at all, and not only none like these.
    fn is_bare(&self) -> bool {
        self.is_first && self.q.trim().is_empty() && self.standing == Standing::Any
    }
}

async fn packages(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    Params(Which { q, standing, before }): Params<Which>,
) -> Result<Response, Problem> {
    let wrong = |()| Problem::new(Kind::BadRequest, "Go on by the links of the page.");
    let before = before.map(|text| text.parse::<Cursor>().map_err(wrong)).transpose()?;
    let wanted = Wanted { number: &q, standing, before, limit: PAGE };
    let (packages, next) = list::of_account(&state, person.account, wanted).await?;
    let (user_name, is_first) = (person.name.to_string(), before.is_none());
    Ok(web::page(&ListPage { frame, user_name, q, standing, packages, is_first, next }))
}

#[derive(Template)]
#[template(path = "carrier/packages/package.html")]
struct PackagePage {
    frame: Frame,
    view: TrackingView,
    stops: Vec<Stop>,
    map: Option<ParcelMap>,
    items: Option<Vec<Item>>,
    addresses: Vec<Address>,
    form: RedirectForm,
    can_be_redirected: bool,
    is_redirected: bool,
    problem: Option<Problem>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct RedirectForm {
    /// A saved address's id; empty: the numbers below.
    #[serde(default)]
    address: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

impl RedirectForm {
    fn is_chosen(&self, address: &Address) -> bool {
        self.address == address.id.to_string()
    }

    fn place(&self, addresses: &[Address]) -> Result<Point, Problem> {
        if !self.address.is_empty() {
            let chosen = addresses.iter().find(|address| self.is_chosen(address));
            let gone = || Problem::invalid_field("address", "is none of yours (any more)");
            return chosen.map(|address| address.place.into()).ok_or_else(gone);
        }
        let mut errors = Vec::new();
        let mut number = |field: &str, text: &str| {
            text.trim().parse::<i32>().unwrap_or_else(|_| {
                let detail = "must be a whole number".to_owned();
                errors.push(FieldError { field: field.to_owned(), detail });
                0
            })
        };
        let place = Point::new(number("x", &self.x), number("y", &self.y));
        if errors.is_empty() { Ok(place) } else { Err(Problem::invalid(errors)) }
    }
}

#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    done: String,
}

async fn package(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    Path(number): Path<String>,
    Params(Done { done }): Params<Done>,
) -> Result<Response, Problem> {
    let shipment = owned::find(&state, &person, &number).await?;
    let mut page = prepare(&state, &person, frame, &shipment).await?;
    page.is_redirected = done == "redirected";
    Ok(web::page(&page))
}

async fn prepare(
    state: &AppState,
    person: &Person,
    frame: Frame,
    shipment: &TrackedShipment,
) -> Result<PackagePage, Problem> {
    let view = TrackingView::of(state, shipment).await?;
    let items = contents::of(state, shipment.shipment).await?;
    let addresses = book::of_account(state, person.account).await?;
    let default = addresses.iter().find(|address| address.is_default);
    let address = default.map(|address| address.id.to_string()).unwrap_or_default();
    Ok(PackagePage {
        frame,
        stops: view.stops(),
        map: ParcelMap::of(&view, jiff::Timestamp::now()),
        can_be_redirected: !matches!(view.status, "delivering" | "delivered"),
        view,
        items,
        addresses,
        form: RedirectForm { address, ..RedirectForm::default() },
        is_redirected: false,
        problem: None,
    })
}

async fn redirect_package(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    Path(number): Path<String>,
    FormBody(form): FormBody<RedirectForm>,
) -> Result<Response, Problem> {
    let shipment = owned::find(&state, &person, &number).await?;
    let addresses = book::of_account(&state, person.account).await?;
    let outcome = match form.place(&addresses) {
        Ok(place) => redirect(&state, &shipment, place).await,
        Err(problem) => Err(problem),
    };
    let number = &shipment.tracking_number;
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/packages/{number}?done=redirected")).into_response()),
        Err(problem) => {
            // As it is now: it may have left in between.
            let now = owned::find(&state, &person, number).await?;
            let mut page = prepare(&state, &person, frame, &now).await?;
            page.form = form;
            page.problem = Some(problem.clone());
            Ok(web::refused(&problem, &page))
        }
    }
}
