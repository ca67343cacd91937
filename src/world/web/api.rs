//! The JSON API, version 1, and its description as OpenAPI. Everything is GET.
//!
//! What is asked of the worlds is the lookout's to know.

use axum::{Json, Router, extract::State, response::Response, routing::get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::{
    AppState,
    lookout::Looker,
    messages::{MessageShape, find_messages},
    shapes::{MapShape, PackageShape, ShelfShape, TruckShape, WarehouseShape, WorldShape},
};
use crate::{
    basis::{PackageId, ProductId, TruckId, WarehouseId, WorldId},
    web::{Closing, Kind, Params, PathId, PathIds, Problem, ProblemBody},
    world::model::{LOOK_ITEMS_MAX, PackageStatus, PackageView, Part, Side},
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/worlds", get(worlds))
        .route("/api/v1/worlds/{id}", get(world))
        .route("/api/v1/worlds/{id}/map", get(map))
        .route("/api/v1/worlds/{id}/events", get(events))
        .route("/api/v1/worlds/{id}/trucks", get(trucks))
        .route("/api/v1/worlds/{id}/warehouses", get(warehouses))
        .route("/api/v1/worlds/{id}/warehouses/{warehouse}", get(stock))
        .route("/api/v1/worlds/{id}/packages", get(packages))
        .route("/api/v1/worlds/{id}/packages/{package}", get(package))
        .route("/api/v1/worlds/{id}/messages", get(messages))
        .route("/openapi.json", get(description))
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Section {
    /// How many at most, 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// The `next` of the part before.
    cursor: Option<String>,
}

impl Section {
    pub(super) fn limit(&self, usual: usize) -> Result<usize, Problem> {
        let limit = self.limit.unwrap_or(usual);
        let wrong = || {
            let detail = format!("limit must be a number from 1 to {LOOK_ITEMS_MAX}.");
            Problem::new(Kind::BadRequest, detail)
        };
        (1..=LOOK_ITEMS_MAX).contains(&limit).then_some(limit).ok_or_else(wrong)
    }

    pub(super) fn cursor<K: std::str::FromStr>(&self) -> Result<Option<K>, Problem> {
        let wrong = |_| Problem::new(Kind::BadRequest, "cursor must be the next of an answer.");
        self.cursor.as_deref().map(str::parse).transpose().map_err(wrong)
    }

    /// Whether it is the beginning of the list.
    pub(super) fn is_first(&self) -> bool {
        self.cursor.is_none()
    }
}

/// Which packages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// `delivered`: the latest of those, the last one first. Another status: those of it.
    /// None: all that are not delivered.
    #[param(value_type = Option<String>)]
    pub(super) status: Option<String>,
    /// How many at most, 1 to 1000. Of a rare status there may be fewer in a part that is
    /// followed by another one.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// The `next` of the part before.
    cursor: Option<String>,
}

impl Wanted {
    pub(super) fn status(&self) -> Result<Option<PackageStatus>, Problem> {
        let Some(name) = self.status.as_deref().filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let wrong = || {
            let names = PackageStatus::ALL.map(PackageStatus::name).join(", ");
            Problem::new(Kind::BadRequest, format!("status must be one of {names}."))
        };
        PackageStatus::named(name).map(Some).ok_or_else(wrong)
    }

    pub(super) fn section(&self) -> Section {
        Section { limit: self.limit, cursor: self.cursor.clone() }
    }
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    /// The cursor of the next part; null at the end.
    pub(super) next: Option<String>,
}

impl<T> Listed<T> {
    pub(super) fn of<V, K: std::fmt::Display>(part: Part<V, K>, shape: impl Fn(V) -> T) -> Self {
        let next = part.next.map(|next| next.to_string());
        Self { items: part.items.into_iter().map(shape).collect(), next }
    }
}

/// A page of packages, wherever those of a status are found.
pub(super) async fn find_packages(
    looker: &Looker,
    world: WorldId,
    status: Option<PackageStatus>,
    section: &Section,
    usual: usize,
) -> Result<Listed<PackageShape>, Problem> {
    let limit = section.limit(usual)?;
    let shape = |it: PackageView| PackageShape::from(it);
    if status == Some(PackageStatus::Delivered) {
        let part = looker.delivered(world, section.cursor()?, limit).await?;
        return Ok(Listed::of(part, shape));
    }
    let after = section.cursor::<i64>()?.map(PackageId);
    Ok(Listed::of(looker.packages(world, status, after, limit).await?, shape))
}

/// An id of the wire, from a path that may have any number.
pub(super) fn warehouse_id(id: i64) -> Result<WarehouseId, Problem> {
    let nothing = |_| Problem::new(Kind::NotFound, format!("No warehouse is called {id}."));
    i32::try_from(id).map(WarehouseId).map_err(nothing)
}

/// Worlds, and how many there are
#[derive(Debug, Serialize, ToSchema)]
struct Worlds {
    count: usize,
    #[serde(flatten)]
    part: Listed<WorldShape>,
}

/// The worlds there are
#[utoipa::path(get, path = "/api/v1/worlds", tag = "worlds", params(Section),
    responses(
        (status = 200, description = "Worlds by their ids", body = Worlds),
        (status = 400, description = "A parameter is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 503, description = "Not now: try again after Retry-After", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn worlds(looker: Looker, Params(section): Params<Section>) -> Result<Json<Worlds>, Problem> {
    let after = section.cursor::<i64>()?.map(WorldId);
    let (part, count) = looker.worlds(after, section.limit(100)?).await?;
    let part = Listed::of(part, |(id, summary)| WorldShape::new(id, &summary));
    Ok(Json(Worlds { count, part }))
}

/// A world at a glance
#[utoipa::path(get, path = "/api/v1/worlds/{id}", tag = "worlds",
    params(("id" = i64, Path, description = "The world's id")),
    responses(
        (status = 200, description = "What is in it and who is connected", body = WorldShape),
        (status = 404, description = "There is no such world", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn world(looker: Looker, PathId(id): PathId) -> Result<Json<WorldShape>, Problem> {
    let id = WorldId(id);
    Ok(Json(WorldShape::new(id, &looker.summary(id).await?)))
}

/// A world with the places of its warehouses and trucks
#[utoipa::path(get, path = "/api/v1/worlds/{id}/map", tag = "worlds",
    params(("id" = i64, Path, description = "The world's id")),
    responses(
        (status = 200, description = "The world, its first thousand warehouses and its first thousand trucks", body = MapShape),
        (status = 404, description = "There is no such world", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn map(looker: Looker, PathId(id): PathId) -> Result<Json<MapShape>, Problem> {
    let id = WorldId(id);
    Ok(Json(MapShape::new(id, &looker.map(id).await?)))
}

/// Follow a world
///
/// Server-sent events named `world`; the data of each is the whole map, first as
/// it is now, then after each change, at most once a second.
#[utoipa::path(get, path = "/api/v1/worlds/{id}/events", tag = "worlds",
    params(("id" = i64, Path, description = "The world's id")),
    responses(
        (status = 200, description = "Events", body = MapShape, content_type = "text/event-stream"),
        (status = 404, description = "There is no such world", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 503, description = "Too many follow worlds", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn events(
    State(state): State<AppState>,
    looker: Looker,
    PathId(id): PathId,
    closing: Closing,
) -> Result<Response, Problem> {
    let id = WorldId(id);
    looker.summary(id).await?;
    state.live.follow(id, closing)
}

/// Trucks, and where they are
#[utoipa::path(get, path = "/api/v1/worlds/{id}/trucks", tag = "trucks",
    params(("id" = i64, Path, description = "The world's id"), Section),
    responses(
        (status = 200, description = "Trucks by their ids", body = Listed<TruckShape>),
        (status = 404, description = "There is no such world", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn trucks(
    looker: Looker,
    PathId(id): PathId,
    Params(section): Params<Section>,
) -> Result<Json<Listed<TruckShape>>, Problem> {
    let after = section.cursor::<i32>()?.map(TruckId);
    let part = looker.trucks(WorldId(id), after, section.limit(100)?).await?;
    Ok(Json(Listed::of(part, |it| TruckShape::from(&it))))
}

/// Warehouses
#[utoipa::path(get, path = "/api/v1/worlds/{id}/warehouses", tag = "warehouses",
    params(("id" = i64, Path, description = "The world's id"), Section),
    responses(
        (status = 200, description = "Warehouses by their ids", body = Listed<WarehouseShape>),
        (status = 404, description = "There is no such world", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn warehouses(
    looker: Looker,
    PathId(id): PathId,
    Params(section): Params<Section>,
) -> Result<Json<Listed<WarehouseShape>>, Problem> {
    let after = section.cursor::<i32>()?.map(WarehouseId);
    let part = looker.warehouses(WorldId(id), after, section.limit(100)?).await?;
    Ok(Json(Listed::of(part, |it| WarehouseShape::from(&it))))
}

/// A warehouse and a part of its stock.
#[derive(Debug, Serialize, ToSchema)]
struct Stock {
    warehouse: WarehouseShape,
    #[serde(flatten)]
    stock: Listed<ShelfShape>,
}

/// A warehouse and its stock
#[utoipa::path(get, path = "/api/v1/worlds/{id}/warehouses/{warehouse}", tag = "warehouses",
    params(
        ("id" = i64, Path, description = "The world's id"),
        ("warehouse" = i32, Path, description = "The warehouse's id"),
        Section,
    ),
    responses(
        (status = 200, description = "Its products by their ids", body = Stock),
        (status = 404, description = "There is no such world or warehouse", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn stock(
    looker: Looker,
    PathIds(id, warehouse): PathIds,
    Params(section): Params<Section>,
) -> Result<Json<Stock>, Problem> {
    let (warehouse, after) = (warehouse_id(warehouse)?, section.cursor::<i64>()?.map(ProductId));
    let limit = section.limit(100)?;
    let (warehouse, part) = looker.shelves(WorldId(id), warehouse, after, limit).await?;
    let warehouse = WarehouseShape::from(&warehouse);
    Ok(Json(Stock { warehouse, stock: Listed::of(part, ShelfShape::from) }))
}

/// Packages, with what is known of their past
#[utoipa::path(get, path = "/api/v1/worlds/{id}/packages", tag = "packages",
    params(("id" = i64, Path, description = "The world's id"), Wanted),
    responses(
        (status = 200, description = "Packages; in this list, the first three products of each", body = Listed<PackageShape>),
        (status = 400, description = "A parameter is not acceptable", body = ProblemBody<'static>, content_type = "application/problem+json"),
        (status = 404, description = "There is no such world", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn packages(
    looker: Looker,
    PathId(id): PathId,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Listed<PackageShape>>, Problem> {
    let (status, section) = (wanted.status()?, wanted.section());
    Ok(Json(find_packages(&looker, WorldId(id), status, &section, 100).await?))
}

/// A package and its history
#[utoipa::path(get, path = "/api/v1/worlds/{id}/packages/{package}", tag = "packages",
    params(
        ("id" = i64, Path, description = "The world's id"),
        ("package" = i64, Path, description = "The package's id, which is its shipid"),
    ),
    responses(
        (status = 200, description = "The package; its history, unless it was delivered long ago", body = PackageShape),
        (status = 404, description = "There is no such world, or it never had this package", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn package(
    looker: Looker,
    PathIds(id, package): PathIds,
) -> Result<Json<PackageShape>, Problem> {
    Ok(Json(looker.package(WorldId(id), PackageId(package)).await?.into()))
}

/// What was said last.
#[derive(Debug, Serialize, ToSchema)]
struct Messages {
    /// The last one first.
    amazon: Vec<MessageShape>,
    /// The last one first.
    ups: Vec<MessageShape>,
}

/// The last messages on both sides, decoded
#[utoipa::path(get, path = "/api/v1/worlds/{id}/messages", tag = "messages",
    params(("id" = i64, Path, description = "The world's id")),
    responses(
        (status = 200, description = "Up to a hundred of each side since the process started", body = Messages),
        (status = 404, description = "There is no such world", body = ProblemBody<'static>, content_type = "application/problem+json"),
    ))]
async fn messages(looker: Looker, PathId(id): PathId) -> Result<Json<Messages>, Problem> {
    let id = WorldId(id);
    let amazon = find_messages(&looker, id, Side::Amazon).await?;
    let ups = find_messages(&looker, id, Side::Ups).await?;
    Ok(Json(Messages { amazon, ups }))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "waybill world",
        description = "Look into simulated worlds. Nothing can be changed here: that is what the two ports for stores and carriers are for. Every refusal is an RFC 9457 problem that says what to do. Moments are microseconds of the world's own time, which stands still while the simulator is down."
    ),
    paths(worlds, world, map, events, trucks, warehouses, stock, packages, package, messages),
    components(schemas(ProblemBody<'static>))
)]
struct Description;

async fn description() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}
