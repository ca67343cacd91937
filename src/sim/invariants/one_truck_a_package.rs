//! A package is on at most one truck, and in the end every truck is idle.
//!
//! That no two trucks ever have the same package, and no truck two, the
//! history has watched at every commit.

use crate::{carrier::model::TruckStage, sim::System};

pub(super) fn check(system: &System, wrong: &mut Vec<String>) {
    let disk = system.carrier_disk();
    for ((world, truck), row) in &disk.trucks {
        if row.stage != TruckStage::Idle {
            wrong.push(format!("truck {truck} of world {world} is not idle: {:?}", row.stage));
        }
    }
    for shipment in disk.shipments.keys() {
        wrong.push(format!("the carrier still knows of shipment {shipment}"));
    }
    for simulation in system.simulations() {
        let under_way = simulation.packages_under_way();
        if under_way > 0 {
            wrong.push(format!("{under_way} packages are under way in the world"));
        }
    }
}
