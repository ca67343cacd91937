//! The connection to the world as an admin sees and changes it.
//!
//! What comes of a wish the link decides; here it is asked for, answered and noted.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::peers::{self, Peer, Unacked};
use crate::{
    basis::{Seq, WorldId},
    store::{
        model::{
            outputs::LinkName,
            wishes::{LinkView, Wish, WishRefusal},
        },
        shop::PlaceError,
        web::{
            AppState,
            caller::Caller,
            people::{
                audit::{self, Deed},
                sessions::Person,
            },
        },
    },
    web::{Kind, Problem},
};

pub const SPEED_MAX: u32 = 100_000_000;

/// How things stand with the world.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = World)]
pub struct WorldView {
    /// The world that the store is in; null: in none yet.
    pub world_id: Option<i64>,
    pub connected: bool,
    /// Why not connected, in words; empty while connected.
    pub reason: String,
    /// An admin has disconnected the store, until an admin connects it.
    pub held: bool,
    /// A new world is to be made, and is not yet.
    pub new_world: bool,
    /// Simulated seconds a second that an admin wants; null: as others set it.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub simspeed: Option<u32>,
    /// The world has confirmed that it heard of the speed. It may keep one of its own.
    pub simspeed_told: bool,
    /// Packages that this world knows of and that are not delivered: while there are some,
    /// the store stays in it.
    pub packages_in_world: usize,
    /// Packages that are ordered and not delivered.
    pub packages_under_way: i64,
    #[serde(flatten)]
    pub peer: Peer,
}

/// Which world to be connected to.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// A world that there is; left out, the one that the store is in.
    #[schema(minimum = 1, example = 3)]
    pub world_id: Option<i64>,
    /// Have a new one made.
    #[serde(default)]
    pub new_world: bool,
    /// Leave the present world for another: the shelves are empty there, and everything is
    /// bought again. Without this such a change is refused.
    #[serde(default)]
    pub leave_present: bool,
}

/// How fast the world shall be.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Speed {
    /// Simulated seconds a second; null: leave it to others.
    #[schema(minimum = 1, maximum = 100_000_000, example = 1000)]
    pub simspeed: Option<i64>,
}

pub async fn find(state: &AppState) -> Result<WorldView, Problem> {
    let link = look(state, LinkName::World, 0, 1).await?;
    let packages = packages_under_way(state).await?;
    let status = state.shop.world_status();
    Ok(WorldView {
        world_id: status.world.map(|world| world.0),
        connected: status.connected,
        reason: status.reason,
        held: link.wishes.is_held,
        new_world: link.wishes.new_world,
        simspeed: link.wishes.speed,
        simspeed_told: link.wishes.is_speed_told,
        packages_in_world: link.packages,
        packages_under_way: packages,
        peer: peers::peer(state, LinkName::World, link.unacked),
    })
}

/// What is sent and not acked, and where the next part is.
pub async fn unacked(
    state: &AppState,
    link: LinkName,
    after: Option<i64>,
    limit: i64,
) -> Result<(Vec<Unacked>, Option<i64>), Problem> {
    let limit = usize::try_from(limit).unwrap_or(1);
    let view = look(state, link, after.unwrap_or(0), limit + 1).await?;
    let now = Timestamp::now();
    let mut items: Vec<_> = view.outstanding.iter().map(|it| Unacked::new(it, now)).collect();
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| has_more).map(|last| last.seq);
    Ok((items, next))
}

async fn look(
    state: &AppState,
    link: LinkName,
    after: i64,
    limit: usize,
) -> Result<LinkView, Problem> {
    state.shop.look(link, Seq(after), limit).await.map_err(not_now)
}

/// Connects to a world. A change of worlds that would cost something is asked for twice.
pub async fn connect(
    state: &AppState,
    person: &Person,
    caller: &Caller,
    to: Connection,
) -> Result<(), Problem> {
    let wish = match (to.world_id, to.new_world) {
        (Some(_), true) => {
            let detail = "must be left out where a new world is wanted";
            return Err(Problem::invalid_field("world_id", detail));
        }
        (Some(..=0), false) => {
            return Err(Problem::invalid_field("world_id", "must be a whole number from 1"));
        }
        (Some(world), false) => Wish::Connect(Some(WorldId(world))),
        (None, true) => Wish::ConnectToNew,
        (None, false) => Wish::Connect(None),
    };
    let present = state.shop.world_status().world;
    if let Some(present) = present.filter(|present| leaves(*present, wish))
        && !to.leave_present
    {
        let packages = packages_under_way(state).await?;
        let detail = format!(
            "The store is in world {present}. In another one its shelves are empty, everything is bought again, and {packages} packages under way wait for that. Confirm (leave_present: true) to do it."
        );
        return Err(Problem::new(Kind::Conflict, detail));
    }
    let detail = match wish {
        Wish::Connect(world) => json!({"world": world.or(present).map(|world| world.0)}),
        _ => json!({"world": "new"}),
    };
    fulfil(state, person, caller, wish, ("world.connected", detail)).await
}

/// Whether a wish takes the store out of the world that it is in.
fn leaves(present: WorldId, wish: Wish) -> bool {
    match wish {
        Wish::Connect(Some(world)) => world != present,
        Wish::ConnectToNew => true,
        Wish::Connect(None) | Wish::Disconnect | Wish::Speed(_) => false,
    }
}

pub async fn disconnect(state: &AppState, person: &Person, caller: &Caller) -> Result<(), Problem> {
    let world = state.shop.world_status().world.map(|world| world.0);
    let deed = ("world.disconnected", json!({"world": world}));
    fulfil(state, person, caller, Wish::Disconnect, deed).await
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
    let outcome = state.shop.wish(wish).await.map_err(not_now)?;
    outcome.map_err(refused)?;
    let client = state.db.client().await?;
    audit::note(&client, person, caller, Deed { action, subject: "world", detail }).await?;
    Ok(())
}

fn refused(refusal: WishRefusal) -> Problem {
    let text = refusal.to_string();
    let mut detail: String = text[..1].to_uppercase();
    detail.push_str(&text[1..]);
    detail.push('.');
    Problem::new(Kind::Conflict, detail)
}

pub fn not_now(error: PlaceError) -> Problem {
    let detail = format!("The store can not tell or do that now: {error}. Try again soon.");
    match error {
        PlaceError::Full { .. } => Problem::new(Kind::Busy, detail),
        PlaceError::Stalled | PlaceError::Unanswered(_) => Problem::new(Kind::Unavailable, detail),
    }
}

/// Reads what is under way, not what was.
pub async fn packages_under_way(state: &AppState) -> Result<i64, Problem> {
    let client = state.db.client().await?;
    let sql = "SELECT count(*) FROM store.packages WHERE status NOT IN ('delivered', 'cancelled')";
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query_one(&statement, &[]).await?.get(0))
}
