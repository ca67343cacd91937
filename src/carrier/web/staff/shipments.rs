//! Shipments by state, one with all of it, and the queue of those without a truck.
//!
//! Nothing is changed here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::fleet::{Place, cursor, key_of};
use crate::{
    basis::{PackageId, SimTime, TruckId, WarehouseId},
    carrier::{
        db::{
            listing::{self, SeenShipment, ShipmentFilter},
            shipments_by_stage,
        },
        model::{ShipmentStage, shipment_of},
        web::AppState,
    },
    web::{Kind, Problem, moments::timestamp, words::form_encoded},
};

/// A shipment, with what only staff sees.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = StaffShipment)]
pub struct ShipmentView {
    pub id: i64,
    pub tracking_number: String,
    /// created, dispatched, at_warehouse, delivering or delivered.
    #[schema(value_type = String)]
    pub status: &'static str,
    /// Its store knows that it was delivered.
    pub finished: bool,
    pub world_id: Option<i64>,
    pub truck_id: Option<i32>,
    pub warehouse_id: i32,
    pub destination: Place,
    /// The store's number of who gets it.
    pub user_id: i64,
    pub email: String,
    pub carrier_account: Option<String>,
    /// Which store asked for it, where it says so.
    pub sender: Option<String>,
    /// Why it waits though it had a truck; null where nothing is wrong.
    pub trouble: Option<String>,
    pub steps: Vec<Step>,
}

/// Something that has happened to a shipment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = StaffShipmentStep)]
pub struct Step {
    #[schema(value_type = String)]
    pub what: &'static str,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl From<&SeenShipment> for ShipmentView {
    fn from(seen: &SeenShipment) -> Self {
        let steps = [
            ("ordered", Some(seen.created_at)),
            ("truck sent", seen.dispatched_at),
            ("truck at the warehouse", seen.arrived_at),
            ("loaded", seen.loaded_at),
            ("out for delivery", seen.delivering_at),
            ("delivered", seen.delivered_at),
        ];
        let step = |(what, at): (&'static str, Option<SimTime>)| {
            at.map(|at| Step { what, at: timestamp(at) })
        };
        Self {
            id: seen.id.0,
            tracking_number: seen.tracking_number.clone(),
            status: seen.stage.name(),
            finished: seen.is_finished,
            world_id: seen.ride.map(|(world, _)| world.0),
            truck_id: seen.ride.map(|(_, truck)| truck.0),
            warehouse_id: seen.warehouse.0,
            destination: seen.destination.into(),
            user_id: seen.user,
            email: seen.email.clone(),
            carrier_account: seen.ups_account.clone(),
            sender: seen.sender.clone(),
            trouble: trouble(seen),
            steps: steps.into_iter().filter_map(step).collect(),
        }
    }
}

fn trouble(seen: &SeenShipment) -> Option<String> {
    let truck = seen.gave_up()?;
    let warehouse = seen.warehouse;
    Some(format!(
        "Truck {truck} could not fetch it at warehouse {warehouse}: the world refused the pickup several times. It is tried again."
    ))
}

impl ShipmentView {
    pub fn words(&self) -> &'static str {
        words(self.status)
    }
}

/// A stage in the words of staff.
pub fn words(stage: &str) -> &'static str {
    match stage {
        "created" => "Waits for a truck",
        "dispatched" => "Truck on its way",
        "at_warehouse" => "Truck at the warehouse",
        "delivering" => "Out for delivery",
        _ => "Delivered",
    }
}

/// Which shipments; what is left out or empty asks for nothing.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// created, dispatched, at_warehouse, delivering or delivered.
    #[serde(default)]
    #[param(example = "delivering")]
    pub status: String,
    /// The number of the truck that fetches, carries or has delivered them.
    #[serde(default)]
    #[param(example = "3")]
    pub truck: String,
    /// The number of the warehouse that they come from.
    #[serde(default)]
    #[param(example = "1")]
    pub warehouse: String,
}

impl Wanted {
    fn filter(&self) -> Result<ShipmentFilter, Problem> {
        let stage = match self.status.trim() {
            "" => None,
            name => Some(ShipmentStage::named(name).ok_or_else(|| {
                let stages = ShipmentStage::ALL.map(ShipmentStage::name).join(", ");
                wrong("status", &format!("must be one of {stages}"))
            })?),
        };
        Ok(ShipmentFilter {
            stage,
            truck: number("truck", &self.truck)?.map(TruckId),
            warehouse: number("warehouse", &self.warehouse)?.map(WarehouseId),
        })
    }

    /// The same as a query, to be carried on; starts with `&` where there is something.
    pub fn query(&self) -> String {
        let fields =
            [("status", &self.status), ("truck", &self.truck), ("warehouse", &self.warehouse)];
        let given = fields.into_iter().filter(|(_, value)| !value.trim().is_empty());
        given.map(|(name, value)| format!("&{name}={}", form_encoded(value.trim()))).collect()
    }
}

fn wrong(field: &str, detail: &str) -> Problem {
    Problem::new(Kind::BadRequest, format!("{field} {detail}."))
}

fn number(field: &str, text: &str) -> Result<Option<i32>, Problem> {
    let text = text.trim();
    let number = (!text.is_empty()).then(|| text.parse());
    number.transpose().map_err(|_| wrong(field, "must be a whole number"))
}

/// The wanted ones before that number, and where the next ones are. A filtered part may be empty
/// and have a next one.
pub async fn list(
    state: &AppState,
    wanted: &Wanted,
    before: Option<i64>,
    limit: i64,
) -> Result<(Vec<ShipmentView>, Option<i64>), Problem> {
    let before = before.map(PackageId);
    let (seen, next) = listing::shipments(&state.db, &wanted.filter()?, before, limit).await?;
    Ok((seen.iter().map(ShipmentView::from).collect(), next.map(|next| next.0)))
}

pub async fn find(state: &AppState, id: i64) -> Result<ShipmentView, Problem> {
    let nothing = || Problem::new(Kind::NotFound, format!("There is no shipment {id}."));
    let seen = listing::shipment(&state.db, PackageId(id)).await?.ok_or_else(nothing)?;
    Ok(ShipmentView::from(&seen))
}

/// The shipment that somebody looks for by its number or its tracking number.
pub fn named(typed: &str) -> Option<i64> {
    let typed = typed.trim();
    typed.parse().ok().or_else(|| shipment_of(typed).map(|shipment| shipment.0))
}

/// Shipments without a truck, who came first the first, and the cursor of the next ones.
pub async fn queue(
    state: &AppState,
    after: Option<&str>,
    limit: i64,
) -> Result<(Vec<ShipmentView>, Option<String>), Problem> {
    let after = after.map(key_of).transpose()?;
    let (seen, next) = listing::waiting(&state.db, after, limit).await?;
    let next = next.map(|(at, shipment)| cursor(at, shipment));
    Ok((seen.iter().map(ShipmentView::from).collect(), next))
}

/// So many shipments.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShipmentsInState {
    #[schema(value_type = String)]
    pub status: &'static str,
    pub shipments: i64,
}

/// How many shipments that are not finished are in which state.
pub async fn counts(state: &AppState) -> Result<Vec<ShipmentsInState>, Problem> {
    let counts = shipments_by_stage(&state.db).await?;
    let of = |stage| counts.iter().find(|(its, _)| *its == stage).map_or(0, |(_, count)| *count);
    let count =
        |stage: ShipmentStage| ShipmentsInState { status: stage.name(), shipments: of(stage) };
    Ok(ShipmentStage::ALL.into_iter().map(count).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carrier::model::tracking_number;

    #[test]
    fn a_filter_says_what_is_wrong_with_it() {
        let wanted = |status: &str, truck: &str| Wanted {
            status: status.to_owned(),
            truck: truck.to_owned(),
            warehouse: String::new(),
        };
        assert_eq!(wanted("", " ").filter().unwrap(), ShipmentFilter::default());
        assert_eq!(wanted("delivering", "-3").filter().unwrap().truck, Some(TruckId(-3)));
        for (status, truck) in [("lost", ""), ("", "x"), ("", "99999999999")] {
            assert!(wanted(status, truck).filter().is_err(), "{status} {truck}");
        }
        assert_eq!(wanted("created", "1").query(), "&status=created&truck=1");
    }

    #[test]
    fn a_shipment_is_named_by_either_number() {
        let number = tracking_number(PackageId(42)).to_lowercase();
        assert_eq!((named(" 42 "), named(&number), named("nothing")), (Some(42), Some(42), None));
    }
}
