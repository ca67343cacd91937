//! Asks worlds what is to be seen, a bounded number of visitors at a time.
//!
//! How it is shown is not decided here.

use std::{sync::Arc, time::Duration};

use axum::{extract::FromRequestParts, http::request::Parts};
use futures_util::future::try_join_all;

use super::AppState;
use crate::{
    basis::{PackageId, ProductId, TruckId, WarehouseId, WorldId},
    runtime::{Admission, Permit, Replies, Service},
    web::{Kind, Problem},
    world::model::{
        Letter, Look, MapView, PackageStatus, PackageView, Part, ShelfView, Side, Summary,
        ToDirectory, ToWorld, Transcript, TruckView, View, WarehouseView, WorldParty,
    },
};

/// Visitors who are being answered at once; worlds have other things to do.
const LOOKERS_MAX: usize = 32;
/// Worlds on one page, each of which is asked.
const WORLDS_MAX: usize = 100;
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Looks for one page of packages of a rare status.
const SEARCHES_MAX: usize = 64;

/// The way to the worlds; cheap to clone.
#[derive(Clone)]
pub(super) struct Lookout {
    service: Service<WorldParty>,
    looks: Arc<Replies<View>>,
    admission: Admission,
}

/// A visitor who was let in, for as long as he is being answered; an extractor.
pub(super) struct Looker {
    lookout: Lookout,
    _permit: Permit,
}

impl FromRequestParts<AppState> for Looker {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let lookout = state.lookout.clone();
        let Some(permit) = lookout.admission.enter() else {
            count("busy");
            let detail = "Too many look into the worlds at once. Try again in a second.";
            return Err(Problem::new(Kind::Busy, detail));
        };
        Ok(Self { lookout, _permit: permit })
    }
}

impl std::ops::Deref for Looker {
    type Target = Lookout;

    fn deref(&self) -> &Lookout {
        &self.lookout
    }
}

impl Lookout {
    pub(super) fn new(service: Service<WorldParty>, looks: Arc<Replies<View>>) -> Self {
        Self { service, looks, admission: Admission::new(LOOKERS_MAX) }
    }

    /// A page of the worlds, each at a glance, and how many there are.
    pub(super) async fn worlds(
        &self,
        after: Option<WorldId>,
        limit: usize,
    ) -> Result<(Part<(WorldId, Summary), WorldId>, usize), Problem> {
        let limit = limit.min(WORLDS_MAX);
        let look = |reply| Letter::Directory(ToDirectory::Look { reply, after, limit });
        let View::Worlds(part, count) = self.ask(look).await? else { return Err(misplaced()) };
        let items = try_join_all(part.items.iter().map(|world| self.glance(*world))).await?;
        Ok((Part { items, next: part.next }, count))
    }

    async fn glance(&self, world: WorldId) -> Result<(WorldId, Summary), Problem> {
        Ok((world, self.summary(world).await?))
    }

    pub(super) async fn summary(&self, world: WorldId) -> Result<Summary, Problem> {
        match self.look(world, Look::Summary).await? {
            View::Summary(summary) => Ok(summary),
            _ => Err(misplaced()),
        }
    }

    pub(super) async fn map(&self, world: WorldId) -> Result<MapView, Problem> {
        match self.look(world, Look::Map).await? {
            View::Map(map) => Ok(map),
            _ => Err(misplaced()),
        }
    }

    pub(super) async fn trucks(
        &self,
        world: WorldId,
        after: Option<TruckId>,
        limit: usize,
    ) -> Result<Part<TruckView, TruckId>, Problem> {
        match self.look(world, Look::Trucks { after, limit }).await? {
            View::Trucks(part) => Ok(part),
            _ => Err(misplaced()),
        }
    }

    pub(super) async fn warehouses(
        &self,
        world: WorldId,
        after: Option<WarehouseId>,
        limit: usize,
    ) -> Result<Part<WarehouseView, WarehouseId>, Problem> {
        match self.look(world, Look::Warehouses { after, limit }).await? {
            View::Warehouses(part) => Ok(part),
            _ => Err(misplaced()),
        }
    }

    pub(super) async fn shelves(
        &self,
        world: WorldId,
        warehouse: WarehouseId,
        after: Option<ProductId>,
        limit: usize,
    ) -> Result<(WarehouseView, Part<ShelfView, ProductId>), Problem> {
        match self.look(world, Look::Shelves { warehouse, after, limit }).await? {
            View::Shelves(warehouse, part) => Ok((warehouse, part)),
            View::Nothing => {
                let detail = format!("World {world} has no warehouse {warehouse}.");
                Err(Problem::new(Kind::NotFound, detail))
            }
            _ => Err(misplaced()),
        }
    }

    /// Packages that are not delivered. Of a rare status in a very large world
    /// a page may have fewer than there are, and be followed by another one.
    pub(super) async fn packages(
        &self,
        world: WorldId,
        status: Option<PackageStatus>,
        after: Option<PackageId>,
        limit: usize,
    ) -> Result<Part<PackageView, PackageId>, Problem> {
        let mut found = Part { items: Vec::new(), next: after };
        for _ in 0..SEARCHES_MAX {
            let missing = limit.saturating_sub(found.items.len());
            let look = Look::Packages { status, after: found.next, limit: missing };
            let View::Packages(part) = self.look(world, look).await? else {
                return Err(misplaced());
            };
            found.items.extend(part.items);
            found.next = part.next;
            if found.next.is_none() || found.items.len() >= limit {
                break;
            }
        }
        Ok(found)
    }

    pub(super) async fn delivered(
        &self,
        world: WorldId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Part<PackageView, u64>, Problem> {
        match self.look(world, Look::Delivered { before, limit }).await? {
            View::Delivered(part) => Ok(part),
            _ => Err(misplaced()),
        }
    }

    pub(super) async fn package(
        &self,
        world: WorldId,
        package: PackageId,
    ) -> Result<PackageView, Problem> {
        match self.look(world, Look::Package(package)).await? {
            View::Package(package) => Ok(package),
            View::Nothing => {
                let detail = format!("World {world} never had a package {package}.");
                Err(Problem::new(Kind::NotFound, detail))
            }
            _ => Err(misplaced()),
        }
    }

    pub(super) async fn messages(
        &self,
        world: WorldId,
        side: Side,
    ) -> Result<Arc<Transcript>, Problem> {
        match self.look(world, Look::Messages(side)).await? {
            View::Messages(transcript) => Ok(transcript),
            _ => Err(misplaced()),
        }
    }

    async fn look(&self, world: WorldId, look: Look) -> Result<View, Problem> {
        let letter = |reply| Letter::World(world, ToWorld::Look { reply, look });
        match self.ask(letter).await? {
            View::NoWorld => {
                let detail =
                    format!("There is no world {world}. The first page lists those there are.");
                Err(Problem::new(Kind::NotFound, detail))
            }
            view => Ok(view),
        }
    }

    async fn ask(
        &self,
        letter: impl FnOnce(crate::runtime::ReplyId) -> Letter,
    ) -> Result<View, Problem> {
        if !self.service.is_healthy() {
            count("unavailable");
            let detail = "The simulator's database takes no writes at present, and what is not committed is not shown. Try again in a few seconds.";
            return Err(Problem::new(Kind::Unavailable, detail));
        }
        let answer = self.looks.ask(ANSWER_WITHIN, |reply| self.service.post(letter(reply))).await;
        count(if answer.is_ok() { "answered" } else { "late" });
        answer.map_err(|_| {
            let detail = "The world did not answer in time; it is busy, or is being restored. Try again in a few seconds.";
            Problem::new(Kind::Unavailable, detail)
        })
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("waybill_world_looks_total", "outcome" => outcome).increment(1);
}

/// A view of another kind than asked for.
fn misplaced() -> Problem {
    Problem::new(Kind::Internal, "The world answered something else. Try again.")
}
