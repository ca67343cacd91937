//! What is shown of a simulation: pages of plain data, copied out.
//!
//! No look walks through more than a bounded part of a world, however large
//! that is.

use std::ops::Bound;

use super::{
    Simulation, ground,
    parcels::{Contents, Delivered, Parcel},
    truck::{Doing, Truck},
};
use crate::{
    basis::{PackageId, Point, ProductId, SimTime, TruckId, WarehouseId},
    world::model::{
        ContentView, LOOK_ITEMS_MAX, PackagePast, PackageStatus, PackageView, Part, Population,
        ShelfView, TruckView, WarehouseView, Way,
    },
};

/// Packages that one look walks past in search of a status.
const SEARCHED_MAX: usize = 16_384;
/// Characters of a text that are shown.
const TEXT_CHARS_MAX: usize = 120;
/// Products of a package that are shown in a list.
const CONTENTS_IN_LIST: usize = 3;

impl Simulation {
    pub fn population(&self) -> Population {
        Population {
            warehouses: self.warehouses.len(),
            trucks: self.trucks.len(),
            products: self.products.len(),
            packages: self.parcels.census(),
        }
    }

    /// Trucks by id, where they are by `now`.
    pub fn look_at_trucks(
        &self,
        now: SimTime,
        after: Option<TruckId>,
        limit: usize,
    ) -> Part<TruckView, TruckId> {
        let trucks = self.trucks.range(beyond(after));
        part(trucks, limit, |(id, truck)| (*id, truck_view(*id, truck, now)))
    }

    /// Warehouses by id.
    pub fn look_at_warehouses(
        &self,
        after: Option<WarehouseId>,
        limit: usize,
    ) -> Part<WarehouseView, WarehouseId> {
        let warehouses = self.warehouses.range(beyond(after));
        part(warehouses, limit, |(id, warehouse)| (*id, warehouse_view(*id, warehouse)))
    }

    /// A warehouse, and its stock by product.
    pub fn look_at_shelves(
        &self,
        warehouse: WarehouseId,
        after: Option<ProductId>,
        limit: usize,
    ) -> Option<(WarehouseView, Part<ShelfView, ProductId>)> {
        let place = self.warehouses.get(&warehouse)?;
        let shelf = |(product, pieces): (&ProductId, &i64)| {
            let (product, pieces) = (*product, *pieces);
            (product, ShelfView { product, description: self.description(product), pieces })
        };
        let shelves = part(place.stock.range(beyond(after)), limit, shelf);
        Some((warehouse_view(warehouse, place), shelves))
    }

    /// Packages that are not delivered, by id. Of one status, a part may have
    /// fewer of them than `limit` and be followed by another one all the same.
    pub fn look_at_packages(
        &self,
        status: Option<PackageStatus>,
        after: Option<PackageId>,
        limit: usize,
    ) -> Part<PackageView, PackageId> {
        let mut found = Part { items: Vec::new(), next: None };
        if status.is_some_and(|status| self.parcels.census()[status as usize] == 0) {
            return found;
        }
        let limit = limit.clamp(1, LOOK_ITEMS_MAX);
        for (searched, (id, parcel)) in self.parcels.under_way_after(after).enumerate() {
            if found.items.len() == limit || searched == SEARCHED_MAX {
                return found;
            }
            if status.is_none_or(|status| status == parcel.state.status()) {
                found.items.push(self.parcel_view(*id, parcel, CONTENTS_IN_LIST));
            }
            found.next = Some(*id);
        }
        found.next = None;
        found
    }

    /// The latest deliveries, those before the `before`th, backwards.
    pub fn look_at_delivered(&self, before: Option<u64>, limit: usize) -> Part<PackageView, u64> {
        let limit = limit.clamp(1, LOOK_ITEMS_MAX);
        let mut delivered = self.parcels.latest_before(before);
        let page = delivered.by_ref().take(limit);
        let (mut items, mut last) = (Vec::new(), None);
        for (nth, it) in page {
            items.push(self.delivered_view(it, CONTENTS_IN_LIST));
            last = Some(nth);
        }
        let next = last.filter(|_| delivered.next().is_some());
        Part { items, next }
    }

    /// One package; None where the world never had it.
    pub fn look_at_package(&self, package: PackageId) -> Option<PackageView> {
        if let Some(parcel) = self.parcels.under_way(package) {
            let mut view = self.parcel_view(package, parcel, usize::MAX);
            let destination = self.destination(package, parcel);
            view.past.iter_mut().for_each(|past| past.destination = destination);
            return Some(view);
        }
        if let Some(delivered) = self.parcels.latest(package) {
            return Some(self.delivered_view(delivered, usize::MAX));
        }
        let status = PackageStatus::Delivered;
        self.parcels.is_delivered(package).then_some(PackageView {
            id: package,
            status,
            past: None,
        })
    }

    fn parcel_view(&self, id: PackageId, parcel: &Parcel, contents_max: usize) -> PackageView {
        let past = self.past(parcel, parcel.state.truck(), None, contents_max);
        PackageView { id, status: parcel.state.status(), past: Some(past) }
    }

    fn delivered_view(&self, delivered: &Delivered, contents_max: usize) -> PackageView {
        let Delivered { package, parcel, truck, at } = delivered;
        let past = self.past(parcel, Some(*truck), Some(*at), contents_max);
        PackageView { id: *package, status: PackageStatus::Delivered, past: Some(past) }
    }

    fn past(
        &self,
        parcel: &Parcel,
        truck: Option<TruckId>,
        destination: Option<Point>,
        contents_max: usize,
    ) -> PackagePast {
        let (things, more) = match &parcel.contents {
            Contents::One { product, count } => (vec![(*product, *count)], 0),
            Contents::Several(several) => (several.things.clone(), several.more as usize),
        };
        let more = more + things.len().saturating_sub(contents_max);
        let content = |(product, count)| {
            let description = self.description(product);
            ContentView { product, description, count }
        };
        let contents = things.into_iter().take(contents_max).map(content).collect();
        let reached = |status| Some((status, parcel.reached(status)?));
        let history = PackageStatus::ALL.into_iter().filter_map(reached).collect();
        PackagePast { warehouse: parcel.from, truck, destination, contents, more, history }
    }

    fn destination(&self, package: PackageId, parcel: &Parcel) -> Option<Point> {
        self.trucks.get(&parcel.state.truck()?)?.stops.of(package).map(|stop| stop.to)
    }

    fn description(&self, product: ProductId) -> String {
        self.products.get(&product).map_or_else(String::new, |text| shortened(text))
    }
}

fn beyond<K>(after: Option<K>) -> (Bound<K>, Bound<K>) {
    (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

/// The first of the rest of a list, and the key of the last of them where there are more.
fn part<T, K, V>(
    mut rest: impl Iterator<Item = T>,
    limit: usize,
    show: impl Fn(T) -> (K, V),
) -> Part<V, K> {
    let (mut items, mut last) = (Vec::new(), None);
    for (key, view) in rest.by_ref().take(limit.clamp(1, LOOK_ITEMS_MAX)).map(show) {
        items.push(view);
        last = Some(key);
    }
    let next = last.filter(|_| rest.next().is_some());
    Part { items, next }
}

fn truck_view(id: TruckId, truck: &Truck, now: SimTime) -> TruckView {
    let (warehouse, leg) = match &truck.doing {
        Doing::Idle { .. } => (None, None),
        Doing::Travelling { warehouse, leg } => (Some(*warehouse), Some(leg)),
        Doing::AtWarehouse { warehouse, .. } => (Some(*warehouse), None),
        Doing::Delivering { leg } => (None, Some(leg)),
    };
    let way = leg.map(|leg| Way {
        from: leg.from,
        to: leg.to,
        set_off: leg.set_off,
        arrival: leg.arrival.due,
    });
    TruckView {
        id,
        status: truck.status(),
        at: truck.at(now),
        way,
        warehouse,
        stops: truck.stops.len(),
        next_stop: truck.stops.first().map(|stop| stop.package),
    }
}

fn warehouse_view(id: WarehouseId, warehouse: &ground::Warehouse) -> WarehouseView {
    let ground::Warehouse { at, stock, pieces } = warehouse;
    WarehouseView { id, at: *at, products: stock.len(), pieces: *pieces }
}

/// The beginning of a long text.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
