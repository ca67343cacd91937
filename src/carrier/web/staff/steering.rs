//! What staff changes in the fleet: a truck sent by hand, and more trucks.
//!
//! Whether it can be done the models say; here it is asked for, answered and noted.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{not_now, refused};
use crate::{
    basis::{PackageId, Point, TruckId},
    carrier::web::{AppState, people::Person},
    web::{
        Problem,
        people::{
            Caller,
            audit::{self, Deed},
        },
    },
};

/// Trucks that are added at once.
pub const ADDED_MAX: i64 = 1_000;

/// A truck sent for a shipment by hand.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dispatch {
    #[schema(example = 7)]
    pub shipment_id: i64,
    #[schema(example = 3)]
    pub truck_id: i64,
}

pub async fn dispatch(
    state: &AppState,
    person: &Person,
    caller: &Caller,
    Dispatch { shipment_id, truck_id }: Dispatch,
) -> Result<(), Problem> {
    let truck = i32::try_from(truck_id)
        .map_err(|_| Problem::invalid_field("truck_id", "must be the number of a truck"))?;
    let asked = state.edge.dispatch_by_hand(PackageId(shipment_id), TruckId(truck)).await;
    asked.map_err(not_now)?.map_err(|refusal| refused(&refusal))?;
    let subject = format!("shipment {shipment_id}");
    let detail = json!({"truck": truck});
    let deed = Deed { action: "shipment.dispatched", subject: &subject, detail };
    audit::note(&state.db.client().await?, person, caller, deed).await?;
    Ok(())
}

/// More trucks.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoreTrucks {
    #[schema(minimum = 1, maximum = 1_000)]
    pub count: i64,
    /// Where they start.
    pub x: i32,
    pub y: i32,
}

/// Wishes for more trucks; gives their numbers. They are in the world a moment later.
pub async fn add(
    state: &AppState,
    person: &Person,
    caller: &Caller,
    MoreTrucks { count, x, y }: MoreTrucks,
) -> Result<Vec<i32>, Problem> {
    let fits = u32::try_from(count).ok().filter(|it| (1..=ADDED_MAX).contains(&i64::from(*it)));
    let wrong = || {
        let detail = format!("must be a whole number from 1 to {ADDED_MAX}");
        Problem::invalid_field("count", detail)
    };
    let count = fits.ok_or_else(wrong)?;
    let added = state.edge.add_trucks(count, Point::new(x, y)).await.map_err(not_now)?;
    let added: Vec<_> = added.map_err(|why| refused(&why))?.iter().map(|truck| truck.0).collect();
    let detail = json!({"count": count, "x": x, "y": y, "trucks": added});
    let deed = Deed { action: "trucks.added", subject: "fleet", detail };
    audit::note(&state.db.client().await?, person, caller, deed).await?;
    Ok(added)
}
