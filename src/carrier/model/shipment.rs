//! One shipment, from the store's order until the store knows that it was delivered.
//!
//! It answers its store's requests, starts its delivery when it is loaded and
//! its truck is there, and tells the store of each step. It gives no orders to
//! the world.

use super::{
    letters::{DispatcherLetter, Letter, Origin, PeerLetter, Request, ShipmentLetter, TruckLetter},
    outputs::{Output, RedirectOutcome, ShipmentChange, ShipmentStage},
    party::Carrier,
    records::{Record, Terms},
    tracking::tracking_number,
};
use crate::{
    basis::{PackageId, Point, Seq, SimTime, TruckId, WorldId},
    runtime::Outbox,
    wire::dialect::{
        Answer, Content, Refusal, ShipmentStatus, StatusReport, ToCarrier, ToStore, code,
    },
};

/// A shipment that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    id: PackageId,
    terms: Terms,
    phase: Phase,
    /// When the phase began.
    since: SimTime,
    is_loaded: bool,
    /// The number of the last change of address.
    address_seq: Option<Seq>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Asked for, and not accepted yet.
    Requested,
    Created,
    Dispatched(Ride),
    AtWarehouse(Ride),
    Delivering(Ride),
    Delivered(Ride),
    /// The store knows it all.
    Closed,
}

/// The truck that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ride {
    pub(super) world: WorldId,
    pub(super) truck: TruckId,
}

impl Shipment {
    /// As the store's order describes it; anything else founds no shipment.
    pub(super) fn requested(message: &ToCarrier, origin: &Origin, now: SimTime) -> Option<Self> {
        let (id, terms) = terms_of(message, origin)?;
        let (phase, is_loaded, address_seq) = (Phase::Requested, false, None);
        Some(Self { id, terms, phase, since: now, is_loaded, address_seq })
    }

    pub(super) fn restored(
        id: PackageId,
        terms: Terms,
        phase: Phase,
        since: SimTime,
        is_loaded: bool,
        address_seq: Option<Seq>,
    ) -> Self {
        Self { id, terms, phase, since, is_loaded, address_seq }
    }

    pub(super) fn handle(
        &mut self,
        now: SimTime,
        letter: &ShipmentLetter,
        out: &mut Outbox<Carrier>,
    ) {
        match letter {
            ShipmentLetter::Requested { request, origin, message } => {
                let outcome = self.do_request(now, origin, message, out);
                let answer = Answer { outcome, acks: origin.seq.into_iter().collect() };
                answer_request(*request, answer, out);
            }
            ShipmentLetter::Dispatched { world, truck, at } => {
                self.dispatched(Ride { world: *world, truck: *truck }, *at, out);
            }
            ShipmentLetter::GivenBack { world, truck, sent_at } => {
                self.given_back(now, Ride { world: *world, truck: *truck }, *sent_at, out);
            }
            ShipmentLetter::TruckArrived { world, truck, seq, at } => {
                self.truck_arrived(now, Ride { world: *world, truck: *truck }, *seq, *at, out);
            }
            ShipmentLetter::Delivered { seq, at } => self.delivered(*seq, *at, out),
            ShipmentLetter::Redirect { reply, destination } => {
                let outcome = self.redirect_for_owner(*destination, out);
                out.emit(Output::AnswerOwner { reply: *reply, outcome });
            }
            ShipmentLetter::StoreTold => self.phase = Phase::Closed,
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.phase == Phase::Closed
    }

    fn do_request(
        &mut self,
        now: SimTime,
        origin: &Origin,
        message: &ToCarrier,
        out: &mut Outbox<Carrier>,
    ) -> Result<Content, Refusal> {
        match message {
            ToCarrier::ShipmentCreated { .. } => self.create(now, origin, message, out),
            ToCarrier::ShipmentLoaded { .. } => {
                self.loaded(now, origin.seq, out);
                Ok(acknowledged("the shipment is loaded"))
            }
            ToCarrier::ShipmentStatusRequest { .. } => Ok(Content::Status(self.report())),
            ToCarrier::AddressChange { destination, .. } => {
                self.redirect(origin, *destination, out)
            }
        }
    }

    fn create(
        &mut self,
        now: SimTime,
        origin: &Origin,
        message: &ToCarrier,
        out: &mut Outbox<Carrier>,
    ) -> Result<Content, Refusal> {
        if self.phase != Phase::Requested {
            return self.create_again(origin, message);
        }
        self.enter(Phase::Created, origin.seq, now, out);
        let (shipment, terms) = (self.id, self.terms.clone());
        let warehouse = terms.warehouse;
        out.save(Record::ShipmentAccepted { shipment, terms, at: now });
        out.tell(Letter::Dispatcher(DispatcherLetter::Waiting { shipment, warehouse }));
        self.notify(self.tracking_message(), out);
        Ok(accepted(self.id))
    }

    /// A sender that counts hears the same again; a stranger may not mean the same shipment.
    fn create_again(&self, origin: &Origin, message: &ToCarrier) -> Result<Content, Refusal> {
        let same_sender = origin.sender.is_some() && origin.sender == self.terms.sender;
        let same_message = origin.seq.is_some() && origin.seq == self.terms.seq;
        let same_terms = terms_of(message, origin).is_some_and(|(_, terms)| {
            let number = |terms: Terms| Terms { seq: None, ..terms };
            number(terms) == number(self.terms.clone())
        });
        if same_sender && (same_message || same_terms) {
            return Ok(accepted(self.id));
        }
        let message = format!("shipment {} exists already", self.id);
        Err(Refusal::new(code::SHIPMENT_EXISTS, message))
    }

    /// Where it comes before the truck, or before we know of the truck, it is kept in mind.
    fn loaded(&mut self, now: SimTime, seq: Option<Seq>, out: &mut Outbox<Carrier>) {
        match self.phase {
            Phase::Created | Phase::Dispatched(_) | Phase::AtWarehouse(_) if !self.is_loaded => {
                self.is_loaded = true;
                out.save(Record::ShipmentLoaded { shipment: self.id, at: now });
                self.depart(now, seq, out);
            }
            // Said before.
            Phase::Requested
            | Phase::Created
            | Phase::Dispatched(_)
            | Phase::AtWarehouse(_)
            | Phase::Delivering(_)
            | Phase::Delivered(_)
            | Phase::Closed => {}
        }
    }

    fn redirect(
        &mut self,
        origin: &Origin,
        destination: Point,
        out: &mut Outbox<Carrier>,
    ) -> Result<Content, Refusal> {
        let is_old = origin.sender.is_some()
            && origin.sender == self.terms.sender
            && origin.seq.is_some()
            && origin.seq <= self.address_seq;
        // Where it goes there anyway, a message that has a number is remembered all the same: its
        // repeat must not undo what the owner wishes in between.
        let is_there = destination == self.terms.destination;
        let changes_nothing = origin.seq.is_none() || !self.can_be_redirected();
        if is_old || (is_there && changes_nothing) {
            return Ok(acknowledged("the address is changed"));
        }
        if self.can_be_redirected() {
            self.go_to(destination, origin.seq, out);
            return Ok(acknowledged("the address is changed"));
        }
        let Point { x, y } = self.terms.destination;
        let stage = self.stage().name();
        let message = format!(
            "shipment {} is {stage} to ({x}, {y}); its address could be changed until it left the warehouse",
            self.id
        );
        Err(Refusal::new(code::TOO_LATE, message))
    }

    /// As the store's changes: the last one that came in time counts, whoever made it. The store
    /// learns of this one when it hears where the shipment was delivered.
    fn redirect_for_owner(
        &mut self,
        destination: Point,
        out: &mut Outbox<Carrier>,
    ) -> RedirectOutcome {
        let stage = self.stage();
        match self.can_be_redirected() {
            // The same again, or the wish of the store as well: it goes there.
            true if destination == self.terms.destination => RedirectOutcome::Redirected,
            true => {
                // The store's numbers are not touched: what it said before stays old.
                self.go_to(destination, None, out);
                RedirectOutcome::Redirected
            }
            false => RedirectOutcome::TooLate { stage, destination: self.terms.destination },
        }
    }

    fn can_be_redirected(&self) -> bool {
        match self.phase {
            Phase::Requested | Phase::Created | Phase::Dispatched(_) | Phase::AtWarehouse(_) => {
                true
            }
            Phase::Delivering(_) | Phase::Delivered(_) | Phase::Closed => false,
        }
    }

    fn go_to(&mut self, destination: Point, seq: Option<Seq>, out: &mut Outbox<Carrier>) {
        let shipment = self.id;
        self.terms.destination = destination;
        self.address_seq = seq.or(self.address_seq);
        out.save(Record::DestinationChanged { shipment, destination, seq });
        out.emit(Output::Redirected { shipment });
    }

    fn dispatched(&mut self, ride: Ride, at: SimTime, out: &mut Outbox<Carrier>) {
        match self.phase {
            Phase::Created => {
                self.enter(Phase::Dispatched(ride), None, at, out);
                let (truck, shipment) = (ride.truck, self.id);
                self.notify(ToStore::TruckDispatched { truck, shipment }, out);
            }
            // The truck was faster than the news of it, or the committed state said it.
            Phase::Requested
            | Phase::Dispatched(_)
            | Phase::AtWarehouse(_)
            | Phase::Delivering(_)
            | Phase::Delivered(_)
            | Phase::Closed => {}
        }
    }

    /// It waits again. The store hears of the next truck when there is one.
    fn given_back(
        &mut self,
        now: SimTime,
        ride: Ride,
        sent_at: SimTime,
        out: &mut Outbox<Carrier>,
    ) {
        // The same truck may have been sent again before this was read.
        if self.phase == Phase::Dispatched(ride) && self.since == sent_at {
            self.enter(Phase::Created, None, now, out);
        }
    }

    fn truck_arrived(
        &mut self,
        now: SimTime,
        ride: Ride,
        seq: Option<Seq>,
        at: SimTime,
        out: &mut Outbox<Carrier>,
    ) {
        match self.phase {
            Phase::Created | Phase::Dispatched(_) => {
                self.enter(Phase::AtWarehouse(ride), seq, at, out);
                self.notify(self.arrival_message(ride.truck), out);
                self.depart(now, seq, out);
            }
            // Restored in between, and loaded meanwhile.
            Phase::AtWarehouse(_) => self.depart(now, seq, out),
            Phase::Requested | Phase::Delivering(_) | Phase::Delivered(_) | Phase::Closed => {}
        }
    }

    /// Leaves, where it is loaded and its truck is there.
    fn depart(&mut self, now: SimTime, seq: Option<Seq>, out: &mut Outbox<Carrier>) {
        let Phase::AtWarehouse(ride) = self.phase else { return };
        if !self.is_loaded {
            return;
        }
        let (shipment, Ride { world, truck }) = (self.id, ride);
        self.enter(Phase::Delivering(ride), seq, now, out);
        out.save(Record::DeliveryStarted { shipment, world, truck, at: now });
        let destination = self.terms.destination;
        out.tell(Letter::Truck(world, truck, TruckLetter::Deliver { shipment, destination }));
        self.notify(delivering_message(shipment), out);
    }

    fn delivered(&mut self, seq: Seq, at: SimTime, out: &mut Outbox<Carrier>) {
        match self.phase {
            Phase::Dispatched(ride) | Phase::AtWarehouse(ride) | Phase::Delivering(ride) => {
                self.enter(Phase::Delivered(ride), Some(seq), at, out);
                self.notify(self.delivered_message(), out);
            }
            // Said before.
            Phase::Requested | Phase::Created | Phase::Delivered(_) | Phase::Closed => {}
        }
    }

    /// What the store may not have heard: the tracking number, and the last step,
    /// which says all that the steps before it said.
    pub(super) fn messages_in_doubt(&self) -> Vec<ToStore> {
        let (tracking, shipment) = (self.tracking_message(), self.id);
        match self.phase {
            Phase::Requested | Phase::Closed => vec![],
            Phase::Created => vec![tracking],
            Phase::Dispatched(ride) => {
                vec![tracking, ToStore::TruckDispatched { truck: ride.truck, shipment }]
            }
            Phase::AtWarehouse(ride) => vec![tracking, self.arrival_message(ride.truck)],
            Phase::Delivering(_) => vec![tracking, delivering_message(shipment)],
            Phase::Delivered(_) => vec![self.delivered_message()],
        }
    }

    fn report(&self) -> StatusReport {
        let truck = self.ride().map(|ride| ride.truck);
        let delivered = matches!(self.phase, Phase::Delivered(_)).then_some(self.since);
        StatusReport {
            shipment: self.id,
            tracking_number: tracking_number(self.id),
            status: self.stage().name().to_owned(),
            truck,
            truck_status: truck.map(|_| self.stage().truck_status().to_owned()),
            estimated_delivery: None,
            actual_delivery: delivered.map(iso8601),
        }
    }

    fn enter(&mut self, phase: Phase, seq: Option<Seq>, at: SimTime, out: &mut Outbox<Carrier>) {
        let before = (self.phase != Phase::Requested).then(|| (self.stage(), self.since));
        self.phase = phase;
        self.since = at;
        out.emit(Output::Changed(ShipmentChange {
            shipment: self.id,
            stage: self.stage(),
            truck: self.ride().map(|ride| ride.truck),
            seq,
            at,
            before,
        }));
    }

    pub(super) fn stage(&self) -> ShipmentStage {
        match self.phase {
            Phase::Requested | Phase::Created => ShipmentStage::Created,
            Phase::Dispatched(_) => ShipmentStage::Dispatched,
            Phase::AtWarehouse(_) => ShipmentStage::AtWarehouse,
            Phase::Delivering(_) => ShipmentStage::Delivering,
            Phase::Delivered(_) | Phase::Closed => ShipmentStage::Delivered,
        }
    }

    fn ride(&self) -> Option<Ride> {
        match self.phase {
            Phase::Dispatched(ride)
            | Phase::AtWarehouse(ride)
            | Phase::Delivering(ride)
            | Phase::Delivered(ride) => Some(ride),
            Phase::Requested | Phase::Created | Phase::Closed => None,
        }
    }

    fn notify(&self, message: ToStore, out: &mut Outbox<Carrier>) {
        out.tell(Letter::Peer(PeerLetter::Notify(message)));
    }

    fn tracking_message(&self) -> ToStore {
        ToStore::Tracking { shipment: self.id, tracking_number: tracking_number(self.id) }
    }

    /// With the place, so that the store knows it also where an answer about it was lost.
    fn delivered_message(&self) -> ToStore {
        let destination = Some(self.terms.destination);
        ToStore::ShipmentDelivered { shipment: self.id, destination }
    }

    fn arrival_message(&self, truck: TruckId) -> ToStore {
        let (warehouse, shipment) = (self.terms.warehouse, Some(self.id));
        ToStore::TruckArrived { truck, warehouse, shipment }
    }
}

/// The answer to the store's order, the first time and every time.
pub(super) fn accepted(shipment: PackageId) -> Content {
    Content::Acknowledged {
        message: "the shipment is accepted".to_owned(),
        tracking_number: Some(tracking_number(shipment)),
    }
}

pub(super) fn acknowledged(message: &str) -> Content {
    Content::Acknowledged { message: message.to_owned(), tracking_number: None }
}

pub(super) fn answer_request(request: Request, answer: Answer, out: &mut Outbox<Carrier>) {
    out.tell(Letter::Peer(PeerLetter::Answered { request, answer }));
}

fn delivering_message(shipment: PackageId) -> ToStore {
    ToStore::StatusUpdate { shipment, status: ShipmentStatus::Delivering }
}

fn terms_of(message: &ToCarrier, origin: &Origin) -> Option<(PackageId, Terms)> {
    let ToCarrier::ShipmentCreated { shipment, warehouse, destination, user, email, ups_account } =
        message
    else {
        return None;
    };
    let terms = Terms {
        warehouse: *warehouse,
        destination: *destination,
        user: *user,
        email: email.clone(),
        ups_account: ups_account.clone(),
        sender: origin.sender.clone(),
        seq: origin.seq,
    };
    Some((*shipment, terms))
}

/// Moments count from the Unix epoch here.
pub(super) fn iso8601(at: SimTime) -> String {
    let micros = i64::try_from(at.micros()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX).to_string()
}
