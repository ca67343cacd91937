//! What a store asks for: stock, packages, and packages onto trucks.

use std::collections::BTreeMap;

use super::{
    Burden, Happening, News, Package, Refusal, Simulation,
    looks::shortened,
    mailbag::Number,
    truck::{Doing, Truck},
};
use crate::{
    basis::{PackageId, ProductId, TruckId, WarehouseId},
    wire::{
        Numbered,
        amazon::{Command, Event, Thing},
    },
    world::model::{Fact, Side, weight::Weigh as _},
};

impl Simulation {
    pub(super) fn amazon_command(&mut self, command: &Numbered<Command>, news: &mut News) {
        let seq = command.seq;
        let done = match self.amazon.take(seq) {
            Number::New => self.do_amazon(&command.body, news),
            Number::Repeated => return,
            Number::Forgotten => Err(Refusal::Forgotten { seq }),
        };
        match done {
            Ok(()) => news.facts.extend(begun(&command.body).map(|fact| fact.seq(seq))),
            Err(refusal) => {
                let (refusal, text) = (Some(refusal.kind()), refusal.to_string());
                let refused = Fact { refusal, ..about(&command.body).seq(seq) };
                self.tell_amazon(Event::Failed { text, origin: seq }, refused, news);
            }
        }
    }

    fn do_amazon(&mut self, command: &Command, news: &mut News) -> Result<(), Refusal> {
        match command {
            Command::Buy { warehouse, things } => self.buy(*warehouse, things),
            Command::Pack { warehouse, things, package } => self.pack(*warehouse, things, *package),
            Command::Load { warehouse, truck, package } => self.load(*warehouse, *truck, *package),
            Command::Query { package } => self.query_package(*package, news),
        }
    }

    fn buy(&mut self, warehouse: WarehouseId, things: &[Thing]) -> Result<(), Refusal> {
        let stock = &self.warehouses.get(&warehouse).ok_or(Refusal::Unknown)?.stock;
        let has_no_shelf = |thing: &&Thing| !stock.contains_key(&thing.product);
        let shelves_to_come = things.iter().filter(has_no_shelf).count();
        self.check_things(things)?;
        self.has_room()?;
        let new = self.new_products(things)?;
        let more = Burden {
            description_bytes: new.values().map(String::len).sum(),
            purchase_bytes: things.weight(),
            shelves_to_come,
            ..Burden::default()
        };
        self.burden.takes(more, &self.physics.bounds)?;
        self.burden.take_on(more);
        self.products.extend(new);
        let due = self.now + self.span(self.physics.pace.buy_s.into());
        // At most as many as an operator lets one command name.
        let (things, new_shelves) = (things.to_vec(), shelves_to_come as u32);
        self.agenda.schedule(due, Happening::StockArrives { warehouse, things, new_shelves });
        Ok(())
    }

    pub(super) fn stock_arrives(
        &mut self,
        warehouse: WarehouseId,
        things: Vec<Thing>,
        new_shelves: u32,
        news: &mut News,
    ) {
        self.burden.purchase_bytes -= things.weight();
        self.burden.shelves_to_come -= new_shelves as usize;
        if let Some(place) = self.warehouses.get_mut(&warehouse) {
            let shelves_before = place.stock.len();
            for thing in &things {
                let stock = place.stock.entry(thing.product).or_default();
                let before = *stock;
                *stock = before.saturating_add(thing.count.into());
                place.pieces += i128::from(*stock - before);
            }
            self.burden.shelves += place.stock.len() - shelves_before;
        }
        self.tell_amazon(Event::Arrived { warehouse, things }, Fact::new("arrived"), news);
    }

    fn pack(
        &mut self,
        warehouse: WarehouseId,
        things: &[Thing],
        package: PackageId,
    ) -> Result<(), Refusal> {
        self.warehouse_at(warehouse)?;
        self.check_things(things)?;
        if self.parcels.state(package).is_some() || self.parcels.is_delivered(package) {
            return Err(Refusal::ShipidUsed { package });
        }
        let max = self.physics.bounds.packages_max;
        if self.parcels.under_way_count() >= max {
            return Err(Refusal::Full { what: "packages on their way", max });
        }
        let max = self.physics.bounds.id_runs_max;
        if self.parcels.id_runs_count() >= max {
            return Err(Refusal::Full { what: "runs of shipids", max });
        }
        self.has_room()?;
        self.take_stock(warehouse, things)?;
        self.parcels.begin(package, warehouse, things, self.now);
        let due = self.now + self.span(self.physics.pace.pack_s.into());
        self.agenda.schedule(due, Happening::Packed { package });
        Ok(())
    }

    pub(super) fn packed(&mut self, package: PackageId, news: &mut News) {
        let was = self.parcels.advance(package, self.now, |state| match state {
            Package::Packing { warehouse } => Some(Package::Packed { warehouse }),
            _ => None,
        });
        if was.is_some() {
            self.tell_amazon(Event::Ready { package }, Fact::new("packed").package(package), news);
        }
    }

    fn load(
        &mut self,
        warehouse: WarehouseId,
        truck: TruckId,
        package: PackageId,
    ) -> Result<(), Refusal> {
        self.warehouse_at(warehouse)?;
        self.has_room()?;
        let standing = self.trucks.get_mut(&truck).ok_or(Refusal::Unknown)?;
        let Some(state) = self.parcels.state(package) else {
            let is_delivered = self.parcels.is_delivered(package);
            return Err(if is_delivered { Refusal::WrongState } else { Refusal::Unknown });
        };
        let Truck { doing: Doing::AtWarehouse { warehouse: here, loading, .. }, .. } = standing
        else {
            return Err(Refusal::WrongState);
        };
        if *here != warehouse || state != (Package::Packed { warehouse }) {
            return Err(Refusal::WrongState);
        }
        *loading += 1;
        self.parcels.advance(package, self.now, |_| Some(Package::Loading { truck }));
        let due = self.now + self.span(self.physics.pace.load_s.into());
        self.agenda.schedule(due, Happening::Loaded { package });
        Ok(())
    }

    pub(super) fn loaded(&mut self, package: PackageId, news: &mut News) {
        let was = self.parcels.advance(package, self.now, |state| match state {
            Package::Loading { truck } => Some(Package::Loaded { truck }),
            _ => None,
        });
        let Some(Package::Loading { truck }) = was else { return };
        if let Some(Truck { doing: Doing::AtWarehouse { loading, .. }, .. }) =
            self.trucks.get_mut(&truck)
        {
            *loading -= 1;
        }
        let fact = Fact::new("loaded").package(package).truck(truck);
        self.tell_amazon(Event::Loaded { package }, fact, news);
    }

    fn query_package(&mut self, package: PackageId, news: &mut News) -> Result<(), Refusal> {
        let status = self.package_status(package).ok_or(Refusal::Unknown)?.to_owned();
        let event = Event::Status { package, status };
        self.tell_amazon(event, Fact::new("queried").package(package), news);
        Ok(())
    }

    fn check_things(&self, things: &[Thing]) -> Result<(), Refusal> {
        let (count, max) = (things.len(), self.physics.bounds.things_max);
        if count == 0 {
            return Err(Refusal::NoThings);
        }
        if count > max {
            return Err(Refusal::TooManyThings { count, max });
        }
        let max_bytes = self.physics.bounds.description_bytes_max;
        for Thing { product, description, count } in things {
            let (product, count) = (*product, *count);
            if count <= 0 {
                return Err(Refusal::BadCount { product, count });
            }
            if description.len() > max_bytes {
                return Err(Refusal::LongDescription { product, max_bytes });
            }
        }
        Ok(())
    }

    /// Those that the world does not know yet, under one description each.
    fn new_products(&self, things: &[Thing]) -> Result<BTreeMap<ProductId, String>, Refusal> {
        let mut new = BTreeMap::<ProductId, String>::new();
        for Thing { product, description, .. } in things {
            let known = self.products.get(product).or_else(|| new.get(product));
            match known {
                Some(known) if known == description => {}
                Some(known) => {
                    let (product, known) = (*product, shortened(known));
                    return Err(Refusal::OtherDescription { product, known });
                }
                None => {
                    new.insert(*product, description.clone());
                }
            }
        }
        let max = self.physics.bounds.products_max;
        if self.products.len() + new.len() > max {
            return Err(Refusal::Full { what: "products", max });
        }
        Ok(new)
    }

    /// Takes all of it off the shelves, or nothing.
    fn take_stock(&mut self, warehouse: WarehouseId, things: &[Thing]) -> Result<(), Refusal> {
        let place = self.warehouses.get_mut(&warehouse).ok_or(Refusal::Unknown)?;
        let mut wanted_of = BTreeMap::<ProductId, i64>::new();
        for thing in things {
            *wanted_of.entry(thing.product).or_default() += i64::from(thing.count);
        }
        for (&product, &wanted) in &wanted_of {
            let stock = *place.stock.get(&product).ok_or(Refusal::Unknown)?;
            if stock < wanted {
                return Err(Refusal::TooLittleStock { warehouse, product, stock, wanted });
            }
        }
        for (product, wanted) in wanted_of {
            place.stock.entry(product).and_modify(|stock| *stock -= wanted);
            place.pieces -= i128::from(wanted);
        }
        Ok(())
    }

    fn tell_amazon(&mut self, event: Event, fact: Fact, news: &mut News) {
        let seq = self.next_seq();
        self.amazon.put(seq, event);
        news.told[Side::Amazon as usize].push(seq);
        news.facts.push(if fact.seq.is_none() { fact.seq(seq) } else { fact });
    }
}

/// What an accepted command sets going; a query is answered at once.
fn begun(command: &Command) -> Option<Fact> {
    let what = match command {
        Command::Buy { .. } => "buying",
        Command::Pack { .. } => "packing",
        Command::Load { .. } => "loading",
        Command::Query { .. } => return None,
    };
    Some(Fact { what, ..about(command) })
}

/// A refusal's fact, until it is said to be another.
fn about(command: &Command) -> Fact {
    let refused = Fact::new("refused");
    match command {
        Command::Buy { .. } => refused,
        Command::Pack { package, .. } | Command::Query { package } => refused.package(*package),
        Command::Load { package, truck, .. } => refused.package(*package).truck(*truck),
    }
}
