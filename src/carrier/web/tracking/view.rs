//! A shipment as people and programs see it who have its number: nothing of who ordered it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    basis::{Point, SimTime},
    carrier::{
        db::{TrackedShipment, depot, leg},
        model::{Leg, ShipmentStage, expected_arrival},
        web::AppState,
    },
    db::DbError,
};

/// A shipment as programs see it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrackingView {
    #[schema(example = "WB2718281828456")]
    pub tracking_number: String,
    pub shipment_id: i64,
    /// created, dispatched, `at_warehouse`, delivering or delivered.
    #[schema(example = "delivering")]
    pub status: &'static str,
    pub warehouse_id: i32,
    /// Where the warehouse is; null where no truck has been there yet.
    pub warehouse: Option<Place>,
    pub destination: Place,
    /// About when it arrives; null where it can not be told yet, and when it is there.
    #[schema(format = DateTime)]
    pub expected_arrival: Option<String>,
    pub truck_id: Option<i32>,
    /// Where its truck is on its way, while it has one.
    pub truck: Option<TruckView>,
    /// The stages that were reached.
    pub history: Vec<Step>,
}

/// A truck that drives, first along x and then along y, or stands where `to` is null.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TruckView {
    pub from: Place,
    pub to: Option<Place>,
    #[schema(format = DateTime)]
    pub since: String,
    /// As the latest deliveries went; null before the first.
    pub units_per_second: Option<f64>,
}

/// A place on the world's grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Place {
    pub x: i32,
    pub y: i32,
}

/// A stage that was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Step {
    pub status: &'static str,
    #[schema(format = DateTime)]
    pub at: String,
}

/// One station of the timeline.
pub struct Stop {
    pub stage: &'static str,
    pub words: &'static str,
    pub at: Option<String>,
    pub is_current: bool,
}

impl From<&TrackedShipment> for TrackingView {
    fn from(shipment: &TrackedShipment) -> Self {
        let step =
            |(stage, at): &(ShipmentStage, SimTime)| Step { status: stage.name(), at: iso(*at) };
        Self {
            tracking_number: shipment.tracking_number.clone(),
            shipment_id: shipment.shipment.0,
            status: shipment.stage.name(),
            warehouse_id: shipment.warehouse.0,
            warehouse: None,
            destination: shipment.destination.into(),
            expected_arrival: None,
            truck_id: shipment.truck.map(|truck| truck.0),
            truck: None,
            history: shipment.history.iter().map(step).collect(),
        }
    }
}

impl From<Point> for Place {
    fn from(Point { x, y }: Point) -> Self {
        Self { x, y }
    }
}

impl From<Place> for Point {
    fn from(Place { x, y }: Place) -> Self {
        Self { x, y }
    }
}

impl TrackingView {
    /// The shipment, with its truck where it has one now.
    pub async fn of(state: &AppState, shipment: &TrackedShipment) -> Result<Self, DbError> {
        let mut view = Self::from(shipment);
        view.warehouse = depot(&state.db, shipment.shipment).await?.map(Place::from);
        if view.truck_id.is_some() && !view.is_final() {
            let leg = leg(&state.db, shipment.shipment).await?;
            let (stage, door) = (shipment.stage, shipment.destination);
            let expected = expected_arrival(now(), stage, leg.as_ref(), door);
            view.expected_arrival = expected.map(iso);
            view.truck = leg.map(TruckView::from);
        }
        Ok(view)
    }

    pub fn is_final(&self) -> bool {
        self.status == ShipmentStage::Delivered.name()
    }

    /// The stations of the timeline, reached or not.
    pub fn stops(&self) -> Vec<Stop> {
        let at = |stage: &str| {
            let step = self.history.iter().find(|step| step.status == stage);
            step.map(|step| step.at.clone())
        };
        let stop = |stage: ShipmentStage| Stop {
            stage: stage.name(),
            words: words(stage),
            at: at(stage.name()),
            is_current: stage.name() == self.status,
        };
        ShipmentStage::ALL.into_iter().map(stop).collect()
    }
}

impl From<Leg> for TruckView {
    fn from(leg: Leg) -> Self {
        Self {
            from: leg.from.into(),
            to: leg.to.map(Place::from),
            since: iso(leg.since),
            units_per_second: leg.units_per_s,
        }
    }
}

impl TrackedShipment {
    /// When it was delivered, ISO 8601.
    pub fn delivered_at(&self) -> Option<String> {
        let delivered = self.history.iter().find(|(stage, _)| *stage == ShipmentStage::Delivered);
        delivered.map(|(_, at)| iso(*at))
    }
}

/// A stage in the words of people.
pub fn words(stage: ShipmentStage) -> &'static str {
    match stage {
        ShipmentStage::Created => "Waiting for a truck",
        ShipmentStage::Dispatched => "Truck on its way",
        ShipmentStage::AtWarehouse => "Truck at the warehouse",
        ShipmentStage::Delivering => "Out for delivery",
        ShipmentStage::Delivered => "Delivered",
    }
}

fn now() -> SimTime {
    let micros = jiff::Timestamp::now().as_microsecond();
    SimTime::from_micros(u64::try_from(micros).unwrap_or(0))
}

pub fn iso(at: SimTime) -> String {
    let micros = i64::try_from(at.micros()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// `2026-01-02T03:04:05.6Z` as `03:04:05 UTC`.
pub fn clock(iso: &str) -> String {
    format!("{} UTC", iso.get(11..19).unwrap_or(iso))
}

/// `2026-01-02T03:04:05.6Z` as `2026-01-02 03:04 UTC`.
pub fn day(iso: &str) -> String {
    match (iso.get(..10), iso.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => iso.to_owned(),
    }
}
