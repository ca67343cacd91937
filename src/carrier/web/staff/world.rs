//! The connection to the world as staff sees and changes it.
//!
//! What comes of a wish the link decides; here it is asked for, answered and noted.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    not_now,
    peers::{self, look},
    refused,
};
use crate::{
    basis::WorldId,
    carrier::{
        db::fleet,
        model::{LinkName, WorldStatus, wishes::Wish},
        web::{AppState, people::Person},
    },
    web::{
        Kind, Problem,
        people::{
            Caller,
            audit::{self, Deed},
        },
        running::peer::Peer,
    },
};

pub const SPEED_MAX: u32 = 100_000_000;

/// How things stand with the world.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = CarriersWorld)]
pub struct WorldView {
    /// The world that the carrier is in; null: in none yet.
    pub world_id: Option<i64>,
    /// The one that it shall join where it is in none; null: a new one.
    pub next_world_id: Option<i64>,
    pub connected: bool,
    /// Why not connected, in words; empty while connected.
    pub reason: String,
    /// Staff has disconnected the carrier, until staff connects it.
    pub held: bool,
    /// Simulated seconds a second that staff wants; null: as others set it.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub simspeed: Option<u32>,
    /// The world has confirmed that it heard of the speed. It may keep one of its own.
    pub simspeed_told: bool,
    /// Trucks that are out for a shipment: while there are some, the carrier stays.
    pub trucks_out: i64,
    #[serde(flatten)]
    pub peer: Peer,
}

/// Which world to be connected to.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CarriersConnection)]
pub struct Connection {
    /// A world that there is; left out, the one that the carrier is in.
    #[schema(minimum = 1, example = 3)]
    pub world_id: Option<i64>,
    /// Have a new one made.
    #[serde(default)]
    pub new_world: bool,
}

/// How fast the world shall be.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CarriersSpeed)]
pub struct Speed {
    /// Simulated seconds a second; null: leave it to others.
    #[schema(minimum = 1, maximum = 100_000_000, example = 1000)]
    pub simspeed: Option<i64>,
}

pub async fn find(state: &AppState) -> Result<WorldView, Problem> {
    let link = look(state, LinkName::World, 0, 0).await?;
    let wishes = link.wishes;
    let (connected, reason) = match &*state.edge.world_status().borrow() {
        WorldStatus::Connected { .. } => (true, String::new()),
        WorldStatus::Connecting => (false, "connecting".to_owned()),
        WorldStatus::Refused { reason } => (false, format!("the world refuses us: {reason}")),
        WorldStatus::Unreachable { reason } => (false, reason.clone()),
        WorldStatus::Disconnected => (false, "staff has disconnected the carrier".to_owned()),
    };
    Ok(WorldView {
        world_id: wishes.world.map(|world| world.0),
        next_world_id: wishes.next.map(|world| world.0),
        connected,
        reason,
        held: wishes.is_held,
        simspeed: wishes.speed,
        simspeed_told: wishes.is_speed_told,
        trucks_out: trucks_out(state, wishes.world).await?,
        peer: peers::peer(state, LinkName::World, link.unacked),
    })
}

async fn trucks_out(state: &AppState, world: Option<WorldId>) -> Result<i64, Problem> {
    let Some(world) = world else { return Ok(0) };
    let stages = fleet::trucks_by_stage(&state.db, world).await?;
    Ok(stages.iter().filter(|(stage, _)| stage != "idle").map(|(_, count)| count).sum())
}

/// Connects to a world; another one only while no truck is out.
pub async fn connect(
    state: &AppState,
    person: &Person,
    caller: &Caller,
    to: Connection,
) -> Result<(), Problem> {
    let (wish, detail) = match (to.world_id, to.new_world) {
        (Some(_), true) => {
            let detail = "must be left out where a new world is wanted";
            return Err(Problem::invalid_field("world_id", detail));
        }
        (Some(..=0), false) => {
            return Err(Problem::invalid_field("world_id", "must be a whole number from 1"));
        }
        (Some(world), false) => (Wish::Connect(Some(WorldId(world))), json!({"world": world})),
        (None, true) => (Wish::ConnectToNew, json!({"world": "new"})),
        (None, false) => (Wish::Connect(None), json!({})),
    };
    fulfil(state, person, caller, wish, ("world.connected", detail)).await
}

pub async fn disconnect(state: &AppState, person: &Person, caller: &Caller) -> Result<(), Problem> {
    fulfil(state, person, caller, Wish::Disconnect, ("world.disconnected", json!({}))).await
}

pub async fn set_speed(
    state: &AppState,
    person: &Person,
    caller: &Caller,
    Speed { simspeed }: Speed,
) -> Result<(), Problem> {
    let fits = |speed: i64| {
        let speed = u32::try_from(speed).ok().filter(|it| (1..=SPEED_MAX).contains(it));
        let detail = format!("must be a whole number from 1 to {SPEED_MAX}");
        speed.ok_or_else(|| Problem::invalid_field("simspeed", detail))
    };
    let speed = simspeed.map(fits).transpose()?;
    let deed = ("world.speed_set", json!({"simspeed": speed}));
    fulfil(state, person, caller, Wish::Speed(speed), deed).await
}

async fn fulfil(
    state: &AppState,
    person: &Person,
    caller: &Caller,
    wish: Wish,
    (action, detail): (&'static str, Value),
) -> Result<(), Problem> {
    if !state.service.is_healthy() {
        let detail = "The database takes no writes at present. Try again soon.";
        return Err(Problem::new(Kind::Unavailable, detail));
    }
    state.edge.wish(wish).await.map_err(not_now)?.map_err(|refusal| refused(&refusal))?;
    let client = state.db.client().await?;
    audit::note(&client, person, caller, Deed { action, subject: "world", detail }).await?;
    Ok(())
}
