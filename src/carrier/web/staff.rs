//! The carrier from its staff's side: the fleet, the shipments, the queue, the links to world
//! and store, what was said on them, who is busy, and what staff has done.
//!
//! A file for each subject; `api` and `pages` take the same decisions from them.

mod actors;
pub mod api;
pub mod fleet;
mod live;
mod map;
pub mod pages;
mod peers;
pub mod shipments;
pub mod steering;
pub mod world;

pub use live::FleetLive;

use super::AppState;
use crate::{
    basis::{Seq, WorldId},
    carrier::model::LinkName,
    runtime::AskError,
    web::{Kind, Problem},
};

/// Whom the carrier talks to.
const PEERS: [&str; 2] = ["world", "store"];

/// Where the pages are.
const BASE: &str = "/staff";

/// What the carrier can not tell or do at this moment.
fn not_now(error: AskError) -> Problem {
    let detail = format!("The carrier can not tell or do that now: {error}. Try again soon.");
    Problem::new(Kind::Unavailable, detail)
}

/// A refusal of the models' as a sentence.
fn refused(refusal: &impl ToString) -> Problem {
    let text = refusal.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    Problem::new(Kind::Conflict, format!("{first}{}.", letters.as_str()))
}

/// The world that the carrier is in, as its link has it.
async fn present_world(state: &AppState) -> Result<Option<WorldId>, Problem> {
    let view = state.edge.look(LinkName::World, Seq::ZERO, 0).await.map_err(not_now)?;
    Ok(view.wishes.world)
}
