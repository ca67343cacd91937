//! The pages with lists: trucks, warehouses, packages and messages of a world.
//!
//! Each shows a part, and where the next one is.

use askama::Template;
use axum::response::Response;

use crate::{
    basis::{PackageId, ProductId, TruckId, WarehouseId, WorldId},
    web::{Params, PathId, PathIds, Problem, page},
    world::{
        model::{PackageStatus, Side},
        web::{
            api::{Listed, Section, Wanted, find_packages, warehouse_id},
            lookout::Looker,
            messages::{MessageShape, find_messages},
            shapes::{PackageShape, ShelfShape, TruckShape, WarehouseShape, WorldShape},
        },
    },
};

const LINES_ON_PAGE: usize = 100;

#[derive(Template)]
#[template(path = "world/trucks.html")]
struct TrucksPage {
    world: WorldShape,
    trucks: Listed<TruckShape>,
    is_first: bool,
}

pub(super) async fn trucks(
    looker: Looker,
    PathId(id): PathId,
    Params(section): Params<Section>,
) -> Result<Response, Problem> {
    let (id, after) = (WorldId(id), section.cursor::<i32>()?.map(TruckId));
    let part = looker.trucks(id, after, section.limit(LINES_ON_PAGE)?).await?;
    let world = WorldShape::new(id, &looker.summary(id).await?);
    let trucks = Listed::of(part, |it| TruckShape::from(&it));
    Ok(page(&TrucksPage { world, trucks, is_first: section.is_first() }))
}

#[derive(Template)]
#[template(path = "world/warehouses.html")]
struct WarehousesPage {
    world: WorldShape,
    warehouses: Listed<WarehouseShape>,
    is_first: bool,
}

pub(super) async fn warehouses(
    looker: Looker,
    PathId(id): PathId,
    Params(section): Params<Section>,
) -> Result<Response, Problem> {
    let (id, after) = (WorldId(id), section.cursor::<i32>()?.map(WarehouseId));
    let part = looker.warehouses(id, after, section.limit(LINES_ON_PAGE)?).await?;
    let world = WorldShape::new(id, &looker.summary(id).await?);
    let warehouses = Listed::of(part, |it| WarehouseShape::from(&it));
    Ok(page(&WarehousesPage { world, warehouses, is_first: section.is_first() }))
}

#[derive(Template)]
#[template(path = "world/warehouse.html")]
struct WarehousePage {
    world: i64,
    warehouse: WarehouseShape,
    shelves: Listed<ShelfShape>,
    is_first: bool,
}

pub(super) async fn warehouse(
    looker: Looker,
    PathIds(id, warehouse): PathIds,
    Params(section): Params<Section>,
) -> Result<Response, Problem> {
    let (warehouse, after) = (warehouse_id(warehouse)?, section.cursor::<i64>()?.map(ProductId));
    let limit = section.limit(LINES_ON_PAGE)?;
    let (warehouse, part) = looker.shelves(WorldId(id), warehouse, after, limit).await?;
    let (warehouse, shelves) =
        (WarehouseShape::from(&warehouse), Listed::of(part, ShelfShape::from));
    Ok(page(&WarehousePage { world: id, warehouse, shelves, is_first: section.is_first() }))
}

#[derive(Template)]
#[template(path = "world/packages.html")]
struct PackagesPage {
    world: WorldShape,
    packages: Listed<PackageShape>,
    status: Option<PackageStatus>,
    is_first: bool,
}

impl PackagesPage {
    /// The choices above the list: name in the address, words, count, whether it is this one.
    fn choices(&self) -> Vec<(&'static str, &'static str, u64, bool)> {
        let all = ("", "Under way", self.world.under_way(), self.status.is_none());
        let choice = |status: PackageStatus| {
            let name = status.name();
            let words = super::words::package_status(name);
            (name, words, self.world.packages_of(status), self.status == Some(status))
        };
        std::iter::once(all).chain(PackageStatus::ALL.into_iter().map(choice)).collect()
    }

    fn status_name(&self) -> &'static str {
        self.status.map_or("", PackageStatus::name)
    }
}

pub(super) async fn packages(
    looker: Looker,
    PathId(id): PathId,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Problem> {
    let (id, status, section) = (WorldId(id), wanted.status()?, wanted.section());
    let packages = find_packages(&looker, id, status, &section, LINES_ON_PAGE).await?;
    let world = WorldShape::new(id, &looker.summary(id).await?);
    Ok(page(&PackagesPage { world, packages, status, is_first: section.is_first() }))
}

#[derive(Template)]
#[template(path = "world/package.html")]
struct PackagePage {
    world: i64,
    package: PackageShape,
}

/// One station of the timeline.
struct Stop {
    status: &'static str,
    at_us: Option<u64>,
    is_current: bool,
}

impl PackagePage {
    fn stops(&self) -> Vec<Stop> {
        let stop = |it: PackageStatus| {
            let status = it.name();
            let step = self.package.history.iter().find(|step| step.status == status);
            let is_current = status == self.package.status;
            Stop { status, at_us: step.map(|step| step.at_us), is_current }
        };
        PackageStatus::ALL.into_iter().map(stop).collect()
    }
}

pub(super) async fn package(
    looker: Looker,
    PathIds(id, package): PathIds,
) -> Result<Response, Problem> {
    let package = looker.package(WorldId(id), PackageId(package)).await?.into();
    Ok(page(&PackagePage { world: id, package }))
}

#[derive(Template)]
#[template(path = "world/messages.html")]
struct MessagesPage {
    world: WorldShape,
    sides: [(&'static str, Vec<MessageShape>); 2],
}

pub(super) async fn messages(looker: Looker, PathId(id): PathId) -> Result<Response, Problem> {
    let id = WorldId(id);
    let world = WorldShape::new(id, &looker.summary(id).await?);
    let amazon = find_messages(&looker, id, Side::Amazon).await?;
    let ups = find_messages(&looker, id, Side::Ups).await?;
    Ok(page(&MessagesPage { world, sides: [("Amazon", amazon), ("UPS", ups)] }))
}
