//! The carrier's actors, as all sites show theirs.

use crate::{
    carrier::web::AppState,
    web::{
        Problem,
        running::actors::{self, ActorTree, KindOfActor, Resident},
    },
};

pub fn tree(state: &AppState) -> Result<ActorTree, Problem> {
    actors::tree(state.edge.actors())
}

pub fn kind(state: &AppState, kind: &str) -> Result<KindOfActor, Problem> {
    actors::kind(&tree(state)?, kind, |kind, max| {
        let busiest = state.edge.busiest(kind, max).into_iter();
        busiest.map(|(resident, queued)| Resident { resident, queued }).collect()
    })
}
