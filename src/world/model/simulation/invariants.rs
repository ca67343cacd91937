//! What has to be true of any simulation, whatever was asked of it.
//!
//! For tests and the fuzzer; the product neither needs nor pays for it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    agenda::{Appointment, Happening},
    truck::{Doing, Truck},
    *,
};
use crate::world::model::{PackageStatus, weight::Weigh as _};

impl Simulation {
    /// Panics where something is in two places, forgotten, or counted wrongly.
    pub fn check(&self) {
        let stops = self.check_stops();
        let mut census = [0; PackageStatus::DELIVERED];
        for (id, package) in self.parcels.states() {
            census[package.status() as usize] += 1;
            assert!(!self.parcels.is_delivered(id), "package {id} is delivered and here");
            let is_delivering = matches!(package, Package::Delivering { .. });
            assert_eq!(stops.contains_key(&id), is_delivering, "stops of package {id}");
        }
        assert_eq!(self.parcels.census()[..PackageStatus::DELIVERED], census);
        for warehouse in self.warehouses.values() {
            let pieces: i128 = warehouse.stock.values().copied().map(i128::from).sum();
            assert_eq!(warehouse.pieces, pieces);
        }
        for (id, truck) in &self.trucks {
            self.check_truck(*id, truck);
        }
        self.check_agenda();
        self.check_numbers();
        self.check_burden();
        for ((warehouse, product), pieces) in self.shelves() {
            assert!(pieces >= 0, "{pieces} of product {product} at warehouse {warehouse}");
        }
    }

    /// The last number given to a message, of either side.
    pub fn last_seq(&self) -> Seq {
        self.last_seq
    }

    /// Each package is among the stops of one truck at most, and once.
    fn check_stops(&self) -> BTreeMap<PackageId, TruckId> {
        let mut stops = BTreeMap::new();
        for (id, truck) in &self.trucks {
            for stop in truck.stops.iter() {
                assert_eq!(stops.insert(stop.package, *id), None, "stop {} twice", stop.package);
                let package = self.parcels.state(stop.package);
                assert_eq!(package, Some(Package::Delivering { truck: *id }));
            }
        }
        stops
    }

    fn check_truck(&self, id: TruckId, truck: &Truck) {
        let is_loading = |(_, it): &(PackageId, Package)| *it == Package::Loading { truck: id };
        let loading_count = self.parcels.states().filter(is_loading).count();
        let loading_known = match &truck.doing {
            Doing::Idle { .. } => {
                assert!(truck.stops.is_empty(), "truck {id} forgot a stop");
                0
            }
            Doing::Travelling { .. } => 0,
            Doing::Delivering { leg } => {
                assert_eq!(truck.stops.first().map(|stop| stop.to), Some(leg.to));
                0
            }
            Doing::AtWarehouse { warehouse, at, loading } => {
                assert_eq!(self.warehouses.get(warehouse).map(|it| it.at), Some(*at));
                *loading as usize
            }
        };
        assert_eq!(loading_count, loading_known, "packages being loaded onto truck {id}");
    }

    /// What goes on is in the agenda once, and nothing else is.
    fn check_agenda(&self) {
        let (mut ends, mut arrivals) = (BTreeSet::new(), BTreeMap::new());
        for (appointment, happening) in self.agenda.iter() {
            assert!(appointment.due >= self.now, "{happening:?} is overdue");
            match happening {
                Happening::StockArrives { warehouse, .. } => {
                    assert!(self.warehouses.contains_key(warehouse));
                }
                Happening::Packed { package } => {
                    let state = self.parcels.state(*package);
                    assert!(matches!(state, Some(Package::Packing { .. })), "{state:?}");
                    assert!(ends.insert(*package), "package {package} is packed twice");
                }
                Happening::Loaded { package } => {
                    let state = self.parcels.state(*package);
                    assert!(matches!(state, Some(Package::Loading { .. })), "{state:?}");
                    assert!(ends.insert(*package), "package {package} is loaded twice");
                }
                Happening::TruckArrives { truck } => {
                    let before = arrivals.insert(*truck, *appointment);
                    assert_eq!(before, None, "truck {truck} arrives twice");
                }
            }
        }
        let is_begun = |(_, it): &(PackageId, Package)| {
            matches!(it, Package::Packing { .. } | Package::Loading { .. })
        };
        assert_eq!(self.parcels.states().filter(is_begun).count(), ends.len());
        let legs = self.trucks.iter().filter_map(|(id, truck)| Some((*id, on_its_way(truck)?)));
        assert_eq!(legs.collect::<BTreeMap<_, _>>(), arrivals, "trucks on their way");
    }

    /// What is counted as it changes is what there is.
    fn check_burden(&self) {
        let mut burden = Burden {
            description_bytes: self.products.values().map(String::len).sum(),
            shelves: self.shelves().count(),
            ..Burden::default()
        };
        for (_, happening) in self.agenda.iter() {
            if let Happening::StockArrives { things, new_shelves, .. } = happening {
                burden.purchase_bytes += things.weight();
                burden.shelves_to_come += *new_shelves as usize;
            }
        }
        assert_eq!(self.burden, burden);
        self.amazon.check_bytes();
        self.ups.check_bytes();
    }

    fn check_numbers(&self) {
        let sides = Side::ALL.map(|side| self.unacked(side));
        for seq in sides.iter().flatten() {
            assert!(*seq > Seq::ZERO && *seq <= self.last_seq, "number {seq}");
        }
        let all: BTreeSet<&Seq> = sides.iter().flatten().collect();
        assert_eq!(all.len(), sides[0].len() + sides[1].len(), "a number for both sides");
    }
}

fn on_its_way(truck: &Truck) -> Option<Appointment> {
    match &truck.doing {
        Doing::Travelling { leg, .. } | Doing::Delivering { leg } => Some(leg.arrival),
        Doing::Idle { .. } | Doing::AtWarehouse { .. } => None,
    }
}
