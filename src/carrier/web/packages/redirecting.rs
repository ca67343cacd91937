//! Sending a package elsewhere, as long as it has not left the warehouse.
//!
//! Whether it came in time the shipment itself decides, and the answer is sent when the decision
//! is committed. Here is who may ask, and how far away a place may be.

use std::time::Duration;

use crate::{
    basis::{PackageId, Point},
    carrier::{
        db::{TrackedShipment, depot},
        model::{Letter, RedirectOutcome, ShipmentLetter, ShipmentStage},
        web::AppState,
    },
    web::{Kind, Problem},
};

/// Somebody who has waited so long looks again.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Units from the warehouse at most: as far as stores send anything.
const REACH_MAX: u64 = 100_000;

/// Has a package go there, or says why not.
pub async fn redirect(
    state: &AppState,
    shipment: &TrackedShipment,
    destination: Point,
) -> Result<(), Problem> {
    within_reach(state, shipment, destination).await?;
    if !state.service.is_healthy() {
        let detail =
            "The carrier can not write anything down at present. Try again in a few seconds.";
        return Err(Problem::new(Kind::Unavailable, detail));
    }
    let id = shipment.shipment;
    let post = |reply| {
        let letter = ShipmentLetter::Redirect { reply, destination };
        state.service.post(Letter::Shipment(id, letter));
    };
    let late = |_| {
        let detail = "It is not known yet whether it goes there. Look at the package again in a few seconds.";
        Problem::new(Kind::Unavailable, detail)
    };
    match state.edge.owners().ask(ANSWER_WITHIN, post).await.map_err(late)? {
        RedirectOutcome::Redirected => Ok(()),
        RedirectOutcome::TooLate { stage, destination } => Err(too_late(stage, destination)),
        RedirectOutcome::Gone => Err(too_late(ShipmentStage::Delivered, shipment.destination)),
    }
}

/// From the warehouse; where no truck has been there yet, from where the package goes now.
async fn within_reach(
    state: &AppState,
    shipment: &TrackedShipment,
    destination: Point,
) -> Result<(), Problem> {
    let from = depot_of(state, shipment.shipment).await?.unwrap_or(shipment.destination);
    let distance = from.distance(destination);
    if distance <= REACH_MAX {
        return Ok(());
    }
    let detail = format!("is {distance} units away, and {REACH_MAX} are as far as a truck goes");
    Err(Problem::invalid_field("destination", detail))
}

async fn depot_of(state: &AppState, shipment: PackageId) -> Result<Option<Point>, Problem> {
    Ok(depot(&state.db, shipment).await?)
}

fn too_late(stage: ShipmentStage, Point { x, y }: Point) -> Problem {
    let what = match stage {
        ShipmentStage::Delivered => "The package has been delivered",
        _ => "The package is out for delivery",
    };
    let detail =
        format!("{what} to {x}, {y}. It could be sent elsewhere until it left the warehouse.");
    Problem::new(Kind::Conflict, detail)
}
