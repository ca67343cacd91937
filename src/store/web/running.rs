//! The shop from its admins' side: warehouses, the world, the carrier, what was said to
//! both, and who is busy. Accounts and the audit log are with the people.

pub(super) mod api;
mod chart;
mod overview;
pub(super) mod pages;
mod peers;
mod warehouses;
mod world;

use super::AppState;
use crate::{
    store::shop::ResidentView,
    web::{
        Problem,
        running::actors::{self, KindOfActor, Resident},
    },
};

/// Whom the store talks to.
const PEERS: [&str; 2] = ["world", "carrier"];

fn kind_of_actor(state: &AppState, kind: &str) -> Result<KindOfActor, Problem> {
    let tree = actors::tree(state.shop.actors())?;
    actors::kind(&tree, kind, |kind, max| {
        let busiest = state.shop.busiest(kind, max).into_iter();
        let resident = |ResidentView { resident, queued }| Resident { resident, queued };
        busiest.map(resident).collect()
    })
}
