//! The warehouses' pages: all of them with a map to click on, and one with what is in it.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use crate::{
    basis::WarehouseId,
    store::web::{
        AppState,
        caller::Caller,
        frame::Frame,
        roles::SignedAdmin,
        running::{
            api::warehouses::number,
            chart::Chart,
            warehouses::{self, InWorld, NewWarehouse, StockLine, WarehouseChange, WarehouseView},
        },
    },
    web::{self, FormBody, Params, PathId, Problem},
};

/// As many as there may be: they are on one map.
const LISTED: i64 = warehouses::WAREHOUSES_MAX;
const LINES: i64 = 50;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin/warehouses", get(list).post(add))
        .route("/admin/warehouses/{id}", get(warehouse).post(change))
}

#[derive(Template)]
#[template(path = "store/admin/warehouses.html")]
struct ListPage {
    frame: Frame,
    warehouses: Vec<WarehouseView>,
    chart: Chart,
    form: AddForm,
    problem: Option<Problem>,
}

/// As it was typed, to be shown again.
#[derive(Debug, Clone, Default, Deserialize)]
struct AddForm {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

impl AddForm {
    fn read(&self) -> Result<NewWarehouse, Problem> {
        let whole = |field: &str, text: &str| {
            let wrong = |_| Problem::invalid_field(field, "must be a whole number");
            text.trim().parse::<i64>().map_err(wrong)
        };
        let id = (!self.id.trim().is_empty()).then(|| whole("id", &self.id)).transpose()?;
        let (x, y) = (whole("x", &self.x)?, whole("y", &self.y)?);
        Ok(NewWarehouse { id, name: self.name.clone(), x, y })
    }
}

async fn list(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
) -> Result<Response, Problem> {
    list_page(&state, frame, AddForm::default(), None).await
}

async fn list_page(
    state: &AppState,
    frame: Frame,
    form: AddForm,
    problem: Option<Problem>,
) -> Result<Response, Problem> {
    let (warehouses, _) = warehouses::list(state, None, LISTED).await?;
    let chart = Chart::new(&warehouses);
    Ok(web::page(&ListPage { frame, warehouses, chart, form, problem }))
}

async fn add(
    State(state): State<AppState>,
    SignedAdmin { person, frame }: SignedAdmin,
    caller: Caller,
    FormBody(form): FormBody<AddForm>,
) -> Result<Response, Problem> {
    let added = match form.read() {
        Ok(new) => warehouses::add(&state, &person, &caller, new).await,
        Err(problem) => Err(problem),
    };
    match added {
        Ok(added) => Ok(Redirect::to(&format!("/admin/warehouses/{}", added.id)).into_response()),
        Err(problem) => {
            let status = problem.status();
            let page = list_page(&state, frame, form, Some(problem)).await?;
            Ok((status, page).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "store/admin/warehouse.html")]
struct WarehousePage {
    frame: Frame,
    warehouse: WarehouseView,
    name: String,
    lines: Vec<StockLine>,
    is_first: bool,
    next: Option<i64>,
    problem: Option<Problem>,
}

#[derive(Debug, Deserialize)]
struct After {
    after: Option<i64>,
}

async fn warehouse(
    State(state): State<AppState>,
    SignedAdmin { frame, .. }: SignedAdmin,
    PathId(id): PathId,
    Params(After { after }): Params<After>,
) -> Result<Response, Problem> {
    warehouse_page(&state, frame, number(id)?, after, None, None).await
}

async fn warehouse_page(
    state: &AppState,
    frame: Frame,
    id: WarehouseId,
    after: Option<i64>,
    name: Option<String>,
    problem: Option<Problem>,
) -> Result<Response, Problem> {
    let warehouse = warehouses::find(state, id).await?;
    let (lines, next) = warehouses::inventory(state, id, after, LINES).await?;
    let name = name.unwrap_or_else(|| warehouse.name.clone());
    let is_first = after.is_none();
    Ok(web::page(&WarehousePage { frame, warehouse, name, lines, is_first, next, problem }))
}

/// One of the page's forms: a name, or closing or opening.
#[derive(Debug, Deserialize)]
struct ChangeForm {
    name: Option<String>,
    active: Option<bool>,
}

async fn change(
    State(state): State<AppState>,
    SignedAdmin { person, frame }: SignedAdmin,
    PathId(id): PathId,
    caller: Caller,
    FormBody(ChangeForm { name, active }): FormBody<ChangeForm>,
) -> Result<Response, Problem> {
    let id = number(id)?;
    let wanted = WarehouseChange { name: name.clone(), active };
    match warehouses::change(&state, &person, &caller, id, wanted).await {
        Ok(_) => Ok(Redirect::to(&format!("/admin/warehouses/{id}")).into_response()),
        Err(problem) => {
            let status = problem.status();
            let page = warehouse_page(&state, frame, id, None, name, Some(problem)).await?;
            Ok((status, page).into_response())
        }
    }
}

/// What the world knows of a warehouse, in words.
pub fn in_world(what: &InWorld) -> &'static str {
    match what {
        InWorld::None => "No world yet",
        InWorld::Waiting => "World not told yet",
        InWorld::Told => "In the world",
        InWorld::WasThere => "Was in the world already, perhaps elsewhere",
    }
}
