//! The list of worlds, and a world with its map.
//!
//! Long lists have pages of their own.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::{extract::State, response::Response};

use crate::{
    basis::WorldId,
    web::{Params, PathId, Problem, page},
    world::{
        model::PackageStatus,
        web::{
            AppState, Doors,
            api::{Listed, Section},
            lookout::Looker,
            map::Drawing,
            shapes::{MapShape, SideShape, WorldShape},
        },
    },
};

const WORLDS_ON_PAGE: usize = 50;
/// Trucks and warehouses that the page of a world lists itself.
const SHORT_LIST: usize = 8;

#[derive(Template)]
#[template(path = "world/worlds.html")]
struct WorldsPage {
    worlds: Listed<WorldShape>,
    count: usize,
    is_first: bool,
    doors: Doors,
}

#[derive(Template)]
#[template(path = "world/world.html")]
struct WorldPage {
    seen: MapShape,
    drawing: Drawing,
    doors: Doors,
}

/// The map alone, for a page that is open already.
#[derive(Template)]
#[template(path = "world/map.html")]
struct MapFragment {
    seen: MapShape,
    drawing: Drawing,
}

/// Something that is counted on both links.
struct Counter {
    words: &'static str,
    /// As programs call it.
    name: &'static str,
    amazon: u64,
    ups: u64,
}

impl WorldPage {
    fn statuses(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        PackageStatus::ALL.into_iter().map(|it| (it.name(), self.seen.world.packages_of(it)))
    }

    fn counters(&self) -> [Counter; 7] {
        let (amazon, ups) = (&self.seen.world.amazon, &self.seen.world.ups);
        let counter = |words, name, count: fn(&SideShape) -> u64| Counter {
            words,
            name,
            amazon: count(amazon),
            ups: count(ups),
        };
        [
            counter("Messages received", "received", |side| side.received),
            counter("Dropped by flakiness", "dropped", |side| side.dropped),
            counter("Messages sent", "sent", |side| side.sent),
            counter("Events sent again", "resent", |side| side.resent),
            counter("Events not acked", "unacked", |side| side.unacked as u64),
            counter("Commands", "commands", |side| side.commands),
            counter("Commands that came again", "duplicates", |side| side.duplicates),
        ]
    }

    /// Every kind of refusal that either side met.
    fn errors(&self) -> Vec<Counter> {
        let (amazon, ups) = (&self.seen.world.amazon.errors, &self.seen.world.ups.errors);
        let kinds: BTreeSet<_> = amazon.keys().chain(ups.keys()).copied().collect();
        let count = |of: &BTreeMap<&'static str, u64>, kind| of.get(kind).copied().unwrap_or(0);
        let counter =
            |name| Counter { words: "", name, amazon: count(amazon, name), ups: count(ups, name) };
        kinds.into_iter().map(counter).collect()
    }

    fn short_list(&self) -> usize {
        SHORT_LIST
    }
}

pub(super) async fn worlds(
    State(state): State<AppState>,
    looker: Looker,
    Params(section): Params<Section>,
) -> Result<Response, Problem> {
    let after = section.cursor::<i64>()?.map(WorldId);
    let (part, count) = looker.worlds(after, section.limit(WORLDS_ON_PAGE)?).await?;
    let worlds = Listed::of(part, |(id, summary)| WorldShape::new(id, &summary));
    Ok(page(&WorldsPage { worlds, count, is_first: section.is_first(), doors: state.doors }))
}

pub(super) async fn world(
    State(state): State<AppState>,
    looker: Looker,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let map = looker.map(WorldId(id)).await?;
    let (seen, drawing) = (MapShape::new(WorldId(id), &map), Drawing::of(&map));
    Ok(page(&WorldPage { seen, drawing, doors: state.doors }))
}

pub(super) async fn map(looker: Looker, PathId(id): PathId) -> Result<Response, Problem> {
    let map = looker.map(WorldId(id)).await?;
    let (seen, drawing) = (MapShape::new(WorldId(id), &map), Drawing::of(&map));
    Ok(page(&MapFragment { seen, drawing }))
}
