//! What a carrier asks for: trucks to warehouses and to doorsteps.

use super::{
    Happening, News, Package, Refusal, Simulation,
    mailbag::Number,
    stops::Stop,
    truck::{Doing, Leg, Truck},
};
use crate::{
    basis::{PackageId, Point, SimTime, TruckId, WarehouseId},
    wire::{
        Numbered,
        ups::{Command, Event, status},
    },
    world::model::{Fact, Side},
};

impl Simulation {
    pub(super) fn ups_command(&mut self, command: &Numbered<Command>, news: &mut News) {
        let seq = command.seq;
        let done = match self.ups.take(seq) {
            Number::New => self.do_ups(&command.body, news),
            Number::Repeated => return,
            Number::Forgotten => Err(Refusal::Forgotten { seq }),
        };
        match done {
            Ok(()) => note_begun(command, news),
            Err(refusal) => {
                let (refusal, text) = (Some(refusal.kind()), refusal.to_string());
                let refused = Fact { refusal, ..about(&command.body).seq(seq) };
                self.tell_ups(Event::Failed { text, origin: seq }, refused, news);
            }
        }
    }

    fn do_ups(&mut self, command: &Command, news: &mut News) -> Result<(), Refusal> {
        match command {
            Command::Pickup { truck, warehouse } => self.pickup(*truck, *warehouse),
            Command::Deliver { truck, packages } => self.deliver(*truck, packages),
            Command::Query { truck } => self.query_truck(*truck, news),
        }
    }

    /// Sends a truck to a warehouse. One that is delivering turns where it is
    /// and keeps its stops for later.
    fn pickup(&mut self, truck: TruckId, warehouse: WarehouseId) -> Result<(), Refusal> {
        let to = self.warehouse_at(warehouse)?;
        self.has_room()?;
        let from = match &self.truck(truck)?.doing {
            Doing::Idle { at } | Doing::AtWarehouse { at, loading: 0, .. } => *at,
            Doing::Delivering { .. } => self.halt(truck),
            Doing::Travelling { .. } | Doing::AtWarehouse { .. } => {
                return Err(Refusal::WrongState);
            }
        };
        let leg = self.set_off(truck, from, to, self.now);
        self.occupy(truck, Doing::Travelling { warehouse, leg });
        Ok(())
    }

    /// Sends a truck to doorsteps, after those that it has to go to already; with
    /// none named it goes on where a pickup interrupted it.
    fn deliver(&mut self, truck: TruckId, packages: &[(PackageId, Point)]) -> Result<(), Refusal> {
        self.check_deliver(truck, packages)?;
        for (package, to) in packages {
            self.add_stop(truck, *package, *to);
        }
        self.head_for_first_stop(truck);
        Ok(())
    }

    fn check_deliver(
        &self,
        truck: TruckId,
        packages: &[(PackageId, Point)],
    ) -> Result<(), Refusal> {
        let Truck { doing, stops } = self.truck(truck)?;
        self.has_room()?;
        let is_interrupted = !matches!(doing, Doing::Delivering { .. }) && !stops.is_empty();
        if packages.is_empty() && !is_interrupted {
            return Err(Refusal::NoPackages);
        }
        let (count, max) = (packages.len(), self.physics.bounds.things_max);
        if count > max {
            return Err(Refusal::TooManyThings { count, max });
        }
        let is_unknown = |(id, _): &(PackageId, Point)| {
            self.parcels.state(*id).is_none() && !self.parcels.is_delivered(*id)
        };
        if packages.iter().any(is_unknown) {
            return Err(Refusal::Unknown);
        }
        let is_ready = match doing {
            Doing::Idle { .. } | Doing::Delivering { .. } => true,
            Doing::AtWarehouse { loading, .. } => *loading == 0,
            Doing::Travelling { .. } => false,
        };
        let is_aboard = |(id, _): &(PackageId, Point)| {
            self.parcels.state(*id).is_some_and(|package| package.is_aboard(truck))
        };
        if is_ready && packages.iter().all(is_aboard) { Ok(()) } else { Err(Refusal::WrongState) }
    }

    /// A package that is among the stops keeps its turn and gets another destination.
    fn add_stop(&mut self, truck: TruckId, package: PackageId, to: Point) {
        let delivering = |_| Some(Package::Delivering { truck });
        let was = self.parcels.advance(package, self.now, delivering);
        if was.is_some()
            && let Some(Truck { stops, .. }) = self.trucks.get_mut(&truck)
        {
            stops.put(Stop { package, to });
        }
    }

    /// Turns where the first stop is elsewhere than the truck is going.
    fn head_for_first_stop(&mut self, truck: TruckId) {
        let Some(Truck { doing, stops }) = self.trucks.get(&truck) else { return };
        let Some(to) = stops.first().map(|stop| stop.to) else { return };
        let from = match doing {
            Doing::Delivering { leg } if leg.to == to => return,
            Doing::Delivering { .. } => self.halt(truck),
            Doing::Idle { at } | Doing::AtWarehouse { at, .. } => *at,
            Doing::Travelling { .. } => unreachable!("truck {truck} was found ready to deliver"),
        };
        let leg = self.set_off(truck, from, to, self.now);
        self.occupy(truck, Doing::Delivering { leg });
    }

    pub(super) fn truck_arrives(&mut self, truck: TruckId, news: &mut News) {
        let Some(Truck { doing, .. }) = self.trucks.get(&truck) else { return };
        match *doing {
            Doing::Travelling { warehouse, leg } => {
                let at = leg.to;
                self.occupy(truck, Doing::AtWarehouse { warehouse, at, loading: 0 });
                self.finished(truck, at, status::ARRIVE_WAREHOUSE, news);
            }
            Doing::Delivering { leg } => self.arrive_at_stop(truck, leg, news),
            Doing::Idle { .. } | Doing::AtWarehouse { .. } => {
                unreachable!("truck {truck} arrives and was not on its way")
            }
        }
    }

    fn arrive_at_stop(&mut self, truck: TruckId, leg: Leg, news: &mut News) {
        let Some(Truck { stops, .. }) = self.trucks.get_mut(&truck) else { return };
        let Some(Stop { package, .. }) = stops.take_first() else { return };
        let next = stops.first().map(|stop| stop.to);
        let kept = self.physics.bounds.delivered_kept;
        self.parcels.deliver(package, truck, leg.to, self.now, kept);
        let fact = Fact::new("delivered").package(package).truck(truck);
        self.tell_ups(Event::Delivered { truck, package }, fact, news);
        if let Some(to) = next {
            let leg = self.set_off(truck, leg.to, to, leg.arrival.due);
            self.occupy(truck, Doing::Delivering { leg });
        } else {
            self.occupy(truck, Doing::Idle { at: leg.to });
            self.finished(truck, leg.to, status::IDLE, news);
        }
    }

    fn finished(&mut self, truck: TruckId, at: Point, status: &'static str, news: &mut News) {
        let event = Event::Finished { truck, at, status: status.to_owned() };
        self.tell_ups(event, Fact::new("finished").truck(truck), news);
    }

    fn query_truck(&mut self, truck: TruckId, news: &mut News) -> Result<(), Refusal> {
        let state = self.truck(truck)?;
        let (status, at) = (state.status().to_owned(), state.at(self.now));
        let fact = Fact::new("queried").truck(truck);
        self.tell_ups(Event::Truck { truck, status, at }, fact, news);
        Ok(())
    }

    fn truck(&self, truck: TruckId) -> Result<&Truck, Refusal> {
        self.trucks.get(&truck).ok_or(Refusal::Unknown)
    }

    fn occupy(&mut self, truck: TruckId, doing: Doing) {
        if let Some(truck) = self.trucks.get_mut(&truck) {
            truck.doing = doing;
        }
    }

    fn set_off(&mut self, truck: TruckId, from: Point, to: Point, at: SimTime) -> Leg {
        let way = from.distance(to).saturating_mul(self.physics.pace.move_s.into());
        let due = at + self.span(way);
        let arrival = self.agenda.schedule(due, Happening::TruckArrives { truck });
        Leg { from, to, set_off: at, arrival }
    }

    /// Ends a delivering truck's way where it is now.
    fn halt(&mut self, truck: TruckId) -> Point {
        let Some(Truck { doing: Doing::Delivering { leg }, .. }) = self.trucks.get(&truck) else {
            unreachable!("truck {truck} is not on its way to a stop")
        };
        let (arrival, at) = (leg.arrival, self.trucks[&truck].at(self.now));
        self.agenda.cancel(arrival);
        at
    }

    fn tell_ups(&mut self, event: Event, fact: Fact, news: &mut News) {
        let seq = self.next_seq();
        self.ups.put(seq, event);
        news.told[Side::Ups as usize].push(seq);
        news.facts.push(if fact.seq.is_none() { fact.seq(seq) } else { fact });
    }
}

/// Notes what an accepted command sets going; a query is answered at once.
fn note_begun(Numbered { seq, body }: &Numbered<Command>, news: &mut News) {
    match body {
        Command::Pickup { truck, .. } => {
            news.facts.push(Fact::new("fetching").truck(*truck).seq(*seq));
        }
        Command::Deliver { truck, packages } => {
            let fact = Fact::new("delivering").truck(*truck).seq(*seq);
            news.facts.extend(packages.iter().map(|(package, _)| fact.clone().package(*package)));
        }
        Command::Query { .. } => {}
    }
}

fn about(command: &Command) -> Fact {
    let refused = Fact::new("refused");
    match command {
        Command::Pickup { truck, .. } | Command::Query { truck } => refused.truck(*truck),
        Command::Deliver { truck, packages } => {
            let first = packages.first().map(|(package, _)| *package);
            Fact { package: first, ..refused.truck(*truck) }
        }
    }
}
