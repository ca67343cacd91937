//! The carrier as the store knows it: tells it of shipments until it has
//! understood, and has its messages done and answered.
//!
//! What a message does to a package, the package decides.

use std::{collections::BTreeMap, time::Duration};

use super::{
    disk::StoreDisk,
    letters::{
        CarrierEvent, CarrierInput, Errand, Letter, LinkLetter, PackageLetter, PeerLetter, Told,
        WarehouseLetter,
    },
    outputs::{CarrierStatus, LinkLoad, LinkName, Note, Output, PostId, Sent},
    party::Store,
    posts::{Posts, Slot, Ticket},
    records::{Record, Step},
    status::PackageStatus,
    wishes::{LinkView, Look, Matter, Outstanding},
};
use crate::{
    basis::{OrderId, PackageId, Seq, SimTime},
    link::{Backoff, Inbound, Outbound, Receipt, ResendPolicy},
    runtime::{Outbox, ReplyId},
    wire::dialect::{Answer, Content, Envelope, Refusal, ToCarrier, ToStore, WorldEvent, code},
};

/// Messages in one post at most.
const POST_MAX: usize = 256;

/// Senders whose numbers are remembered at most; more than one is rare.
const SENDERS_MAX: usize = 64;

const RANGES_MAX: usize = 16_384;
const IN_PROGRESS_MAX: usize = 16_384;

/// A post that the edge says nothing about is given up: its result was lost.
const POST_WITHIN: Duration = Duration::from_secs(60);
/// Posts in vain before the first that is heard, until the carrier counts as gone: one
/// that is started together with us may be later.
const UNHEARD_MAX: u32 = 4;

const POST_AGAIN: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));

/// The store's end of its conversation with the carrier.
#[derive(Debug)]
pub struct CarrierPeer {
    is_open: bool,
    sender: String,
    seq_last: Seq,
    outbound: Outbound<ToCarrier>,
    under_way: BTreeMap<(PackageId, Told), Seq>,
    about: BTreeMap<Seq, (OrderId, PackageId, Told)>,
    /// One post at a time keeps the order, and its size grows with the delay.
    posting: Option<Posting>,
    post_last: PostId,
    post_again: Backoff,
    resting_until: Option<SimTime>,
    inbound: BTreeMap<String, Inbound>,
    posts: Posts,
    /// The latest package that the carrier may have heard of.
    package_last: PackageId,
    said: Option<CarrierStatus>,
    load: Option<LinkLoad>,
}

/// A post under way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Posting {
    id: PostId,
    until: SimTime,
    seqs: Vec<Seq>,
}

impl CarrierPeer {
    pub fn restore(disk: &StoreDisk, now: SimTime) -> Self {
        let mut peer = Self {
            is_open: false,
            sender: disk.sender.clone(),
            seq_last: disk.carrier_seq,
            outbound: Outbound::new(ResendPolicy::default()),
            under_way: BTreeMap::new(),
            about: BTreeMap::new(),
            posting: None,
            // Of no earlier life: time goes on faster than posts are made.
            post_last: PostId(now.micros()),
            post_again: POST_AGAIN,
            resting_until: None,
            inbound: BTreeMap::new(),
            posts: Posts::default(),
            package_last: disk.package_last,
            said: None,
            load: None,
        };
        for (package, row) in &disk.packages {
            if row.announce_seq != Seq::ZERO && !row.announced {
                let plan = &row.plan;
                let message = ToCarrier::ShipmentCreated {
                    shipment: *package,
                    warehouse: plan.warehouse,
                    destination: plan.destination,
                    user: plan.account.0,
                    email: plan.email.clone(),
                    ups_account: plan.carrier_account.clone(),
                };
                peer.enter(row.announce_seq, (plan.order, *package, Told::Created), message, now);
            }
            if row.status == PackageStatus::Loaded && row.loaded_seq != Seq::ZERO {
                let message = ToCarrier::ShipmentLoaded { shipment: *package };
                let about = (row.plan.order, *package, Told::Loaded);
                peer.enter(row.loaded_seq, about, message, now);
            }
            if let Some(destination) = row.redirect.filter(|_| row.redirect_seq != Seq::ZERO) {
                let message = ToCarrier::AddressChange { shipment: *package, destination };
                let about = (row.plan.order, *package, Told::Redirected);
                peer.enter(row.redirect_seq, about, message, now);
            }
        }
        peer
    }

    /// Everybody is back: messages may be sent and taken.
    pub fn open(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        self.is_open = true;
        self.outbound.open(now);
        self.say_status(None, String::new(), out);
    }

    pub fn look(&self, look: &Look, out: &mut Outbox<Store>) {
        let outstanding = self.outbound.outstanding_after(look.after).take(look.limit);
        let outstanding = outstanding.filter_map(|(seq, _, sends, since)| {
            let (order, package, told) = *self.about.get(&seq)?;
            let matter = Matter::Tell { what: words(told), order, package };
            Some(Outstanding { seq, matter, sends, since })
        });
        let (unacked, outstanding) = (self.outbound.unacked_count(), outstanding.collect());
        let view = LinkView { unacked, outstanding, ..LinkView::default() };
        out.emit(Output::Looked { reply: look.reply, view });
    }

    pub fn handle(&mut self, letter: &PeerLetter, now: SimTime, out: &mut Outbox<Store>) {
        match letter {
            PeerLetter::Tell { order, package, told, message } => {
                self.tell((*order, *package, *told), message, now, out);
            }
            PeerLetter::Done { errand, answer } => self.done(*errand, answer.clone(), out),
            PeerLetter::NotUnderWay { errand, package } => {
                let answer = self.not_under_way(*package);
                self.done(*errand, answer, out);
            }
            PeerLetter::Ended { package } => {
                self.end((*package, Told::Created), now);
                self.end((*package, Told::Loaded), now);
                self.end((*package, Told::Redirected), now);
            }
        }
    }

    pub fn hear(&mut self, input: &CarrierInput, now: SimTime, out: &mut Outbox<Store>) {
        match input {
            CarrierInput::Posted { post, result } => self.posted(*post, result, now, out),
            CarrierInput::Received { reply, envelopes } => {
                self.receive(*reply, envelopes, now, out);
            }
        }
        self.say_load(out);
    }

    pub fn next_wake(&self) -> Option<SimTime> {
        if !self.is_open {
            return None;
        }
        if let Some(posting) = &self.posting {
            return Some(posting.until);
        }
        self.resting_until.or_else(|| self.outbound.next_wake())
    }

    /// Posts what is due, all that has gathered; gives up waiting.
    pub fn wake(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        if self.posting.take_if(|posting| posting.until <= now).is_some() {
            // The edge has its own, shorter deadline and says what the carrier does: where it
            // says nothing the post may not have left, as our commits take long.
            self.rest(now);
        }
        if !self.is_open || self.posting.is_some() {
            return;
        }
        if self.resting_until.take_if(|until| *until <= now).is_some() {
            self.outbound.open(now);
        }
        if self.resting_until.is_some() {
            return;
        }
        let due = self.outbound.poll(now, POST_MAX);
        if due.is_empty() {
            return;
        }
        for (seq, _) in &due {
            self.note_sent(*seq, out);
        }
        self.post_last = PostId(self.post_last.0 + 1);
        let (id, until) = (self.post_last, now + POST_WITHIN);
        let seqs = due.iter().map(|(seq, _)| *seq).collect();
        self.posting = Some(Posting { id, until, seqs });
        let sender = Some(self.sender.clone());
        let envelope =
            |(seq, message)| Envelope { seq: Some(seq), sender: sender.clone(), message };
        let envelopes = due.into_iter().map(envelope).collect();
        out.emit(Output::Post { post: id, envelopes });
        self.say_load(out);
    }

    fn note_sent(&self, seq: Seq, out: &mut Outbox<Store>) {
        let Some(&(order, package, told)) = self.about.get(&seq) else { return };
        let what = words(told);
        let sent = Sent { to: LinkName::Carrier, what, order, package, truck: None, seq };
        out.emit(Output::Noted(Note::Sent(sent)));
    }

    fn tell(
        &mut self,
        about: (OrderId, PackageId, Told),
        message: &ToCarrier,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let (_, package, told) = about;
        if self.under_way.contains_key(&(package, told)) {
            return;
        }
        let seq = self.seq_last.next();
        self.seq_last = seq;
        self.package_last = self.package_last.max(package);
        let step = match told {
            Told::Created => Step::AnnounceCommanded { seq },
            Told::Loaded => Step::LoadedCommanded { seq },
            Told::Redirected => Step::RedirectCommanded { seq },
        };
        out.save(Record::Stepped { package, step, at: now });
        out.save(Record::CarrierSeq(seq));
        self.enter(seq, about, message.clone(), now);
    }

    fn enter(
        &mut self,
        seq: Seq,
        about: (OrderId, PackageId, Told),
        message: ToCarrier,
        now: SimTime,
    ) {
        let (_, package, told) = about;
        self.under_way.insert((package, told), seq);
        self.about.insert(seq, about);
        self.outbound.push(now, seq, message);
    }

    /// Gives the message, where it was under way.
    fn end(&mut self, what: (PackageId, Told), now: SimTime) -> Option<ToCarrier> {
        let seq = self.under_way.remove(&what)?;
        self.about.remove(&seq);
        self.outbound.acknowledge(now, seq)
    }

    fn posted(
        &mut self,
        post: PostId,
        result: &Result<Vec<Answer>, String>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let Some(posting) = self.posting.take_if(|posting| posting.id == post) else { return };
        match result {
            Ok(answers) => {
                self.post_again.reset();
                self.say_status(Some(true), String::new(), out);
                for (seq, answer) in posting.seqs.into_iter().zip(answers) {
                    self.answered(seq, answer, now, out);
                }
            }
            Err(reason) => {
                self.rest(now);
                self.judge_unreachable(reason.clone(), out);
            }
        }
    }

    /// Waits a while; then everything is posted again.
    fn rest(&mut self, now: SimTime) {
        self.outbound.close();
        self.resting_until = Some(now + self.post_again.pause());
    }

    fn judge_unreachable(&mut self, reason: String, out: &mut Outbox<Store>) {
        if self.was_judged() || self.post_again.attempts() >= UNHEARD_MAX {
            self.say_status(Some(false), reason, out);
        }
    }

    fn answered(&mut self, seq: Seq, answer: &Answer, now: SimTime, out: &mut Outbox<Store>) {
        let Some((_, package, told)) = self.about.get(&seq).copied() else { return };
        match &answer.outcome {
            Ok(_) if told == Told::Redirected => self.redirected(package, Ok(()), now, out),
            Ok(content) => {
                self.end((package, told), now);
                understood(package, told, content, out);
            }
            // It knows the shipment: that is what we wanted.
            Err(refusal) if told == Told::Created && refusal.code == code::SHIPMENT_EXISTS => {
                self.end((package, told), now);
                let letter = PackageLetter::Announced { tracking_number: None };
                out.tell(Letter::Package(package, letter));
            }
            // A stranger acks nothing; what it can not do only now it says in another way.
            Err(refusal) if told == Told::Redirected && refusal.code != code::INTERNAL => {
                self.redirected(package, Err(refusal.clone()), now, out);
            }
            // Its last word on this number; a new one may do better.
            Err(refusal) if answer.acks.contains(&seq) => {
                self.end((package, told), now);
                let step = match told {
                    Told::Created => Step::AnnounceRefused,
                    Told::Loaded => Step::LoadedRefused,
                    Told::Redirected => Step::RedirectCommanded { seq: Seq::ZERO },
                };
                out.save(Record::Stepped { package, step, at: now });
                let text = refusal.message.clone();
                out.tell(Letter::Package(package, PackageLetter::CarrierRefused { told, text }));
            }
            // Not now: it is sent again, later and later.
            Err(_) => {}
        }
    }

    /// The carrier has decided about a change of address.
    fn redirected(
        &mut self,
        package: PackageId,
        outcome: Result<(), Refusal>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        let asked = self.end((package, Told::Redirected), now);
        let Some(ToCarrier::AddressChange { destination: to, .. }) = asked else { return };
        let answered = PackageLetter::RedirectAnswered { to, outcome };
        out.tell(Letter::Package(package, answered));
    }

    fn receive(
        &mut self,
        reply: ReplyId,
        envelopes: &[Envelope<ToStore>],
        now: SimTime,
        out: &mut Outbox<Store>,
    ) {
        for (sender, seq) in self.posts.begin(reply, envelopes.len(), now) {
            if let Some(inbound) = self.inbound.get_mut(&sender) {
                inbound.forget(seq);
            }
        }
        for (index, envelope) in envelopes.iter().enumerate() {
            let errand = Errand { reply, index };
            let slot = self.admit(envelope);
            if let Slot::Waiting(_) = slot {
                out.tell(letter_of(envelope, errand));
            }
            self.posts.note(errand, slot);
        }
        self.answer_if_done(reply, out);
    }

    /// Whether a message shall be done, and under which number, or its answer at once.
    fn admit(&mut self, envelope: &Envelope<ToStore>) -> Slot {
        if !self.is_open {
            return Slot::Answered(later("the store is starting"));
        }
        let uncounted = Ticket { seq: envelope.seq, counted_for: None };
        let (Some(sender), Some(seq)) = (&envelope.sender, envelope.seq) else {
            return Slot::Waiting(uncounted);
        };
        let is_known = self.inbound.contains_key(sender);
        if !is_known && self.inbound.len() >= SENDERS_MAX {
            // By what it does, it is done once anyway.
            return Slot::Waiting(uncounted);
        }
        let inbound = self.inbound.entry(sender.clone());
        let inbound = inbound.or_insert_with(|| Inbound::new(RANGES_MAX, IN_PROGRESS_MAX));
        match inbound.receive(seq) {
            Receipt::Fresh => {
                Slot::Waiting(Ticket { counted_for: Some(sender.clone()), ..uncounted })
            }
            Receipt::Settled => Slot::Answered(acknowledged("done before".to_owned(), Some(seq))),
            Receipt::InProgress => Slot::Answered(later("the message is being done")),
            Receipt::Full => Slot::Answered(later("too many messages are being done")),
        }
    }

    fn done(&mut self, errand: Errand, answer: Result<String, Refusal>, out: &mut Outbox<Store>) {
        let Some(Ticket { seq, counted_for }) = self.posts.waiting(errand) else { return };
        if let Some((sender, seq)) = counted_for.zip(seq)
            && let Some(inbound) = self.inbound.get_mut(&sender)
        {
            inbound.settle(seq);
            // They travel in the answers.
            inbound.take_acks();
        }
        let answer = match answer {
            Ok(message) => acknowledged(message, seq),
            Err(refusal) => Answer { outcome: Err(refusal), acks: seq.into_iter().collect() },
        };
        self.posts.note(errand, Slot::Answered(answer));
        self.answer_if_done(errand.reply, out);
    }

    /// It has come to its end, or there never was one.
    fn not_under_way(&self, package: PackageId) -> Result<String, Refusal> {
        if (PackageId(1)..=self.package_last).contains(&package) {
            return Ok(format!("nothing is left to do for shipment {package}"));
        }
        let message = format!("there is no shipment {package}");
        Err(Refusal { code: code::SHIPMENT_NOT_FOUND, message })
    }

    fn answer_if_done(&mut self, reply: ReplyId, out: &mut Outbox<Store>) {
        if let Some(answers) = self.posts.finish(reply) {
            out.emit(Output::AnswerCarrier { reply, answers });
        }
    }

    /// Whether it was said already that the carrier can be reached, or that it can not.
    fn was_judged(&self) -> bool {
        self.said.as_ref().is_some_and(|said| said.reachable.is_some())
    }

    fn say_status(&mut self, reachable: Option<bool>, reason: String, out: &mut Outbox<Store>) {
        let status = CarrierStatus { reachable, reason };
        if self.said.as_ref() != Some(&status) {
            self.said = Some(status.clone());
            out.emit(Output::Carrier(status));
        }
    }

    fn say_load(&mut self, out: &mut Outbox<Store>) {
        let (unacked, resent) = (self.outbound.unacked_count(), self.outbound.resent_count());
        let load = LinkLoad { link: LinkName::Carrier, unacked, resent };
        if self.load.replace(load) != Some(load) {
            out.emit(Output::Load(load));
        }
    }
}

fn words(told: Told) -> &'static str {
    match told {
        Told::Created => "shipment created",
        Told::Loaded => "shipment loaded",
        Told::Redirected => "address change",
    }
}

fn understood(package: PackageId, told: Told, content: &Content, out: &mut Outbox<Store>) {
    let tracking_number = match content {
        Content::Acknowledged { tracking_number, .. } => tracking_number.clone(),
        Content::Status(report) => Some(report.tracking_number.clone()),
        Content::Detail(_) => None,
    };
    match told {
        Told::Created => {
            out.tell(Letter::Package(package, PackageLetter::Announced { tracking_number }));
        }
        Told::Loaded | Told::Redirected => {}
    }
}

/// Whom a message of the carrier's concerns.
fn letter_of(Envelope { seq, message, .. }: &Envelope<ToStore>, errand: Errand) -> Letter {
    let about = |shipment: PackageId, event: CarrierEvent| {
        Letter::Package(shipment, PackageLetter::Carrier { event, errand, seq: *seq })
    };
    match message {
        ToStore::SetWorld { world } => {
            Letter::Link(LinkLetter::SetWorld { world: *world, errand: Some(errand) })
        }
        ToStore::TruckDispatched { truck, shipment } => {
            about(*shipment, CarrierEvent::TruckDispatched { truck: *truck })
        }
        ToStore::TruckArrived { truck, shipment: Some(shipment), .. } => {
            about(*shipment, CarrierEvent::TruckArrived { truck: *truck })
        }
        ToStore::TruckArrived { truck, warehouse, shipment: None } => {
            Letter::Warehouse(*warehouse, WarehouseLetter::TruckArrived { truck: *truck, errand })
        }
        ToStore::ShipmentDelivered { shipment, destination } => {
            about(*shipment, CarrierEvent::Delivered { to: *destination })
        }
        ToStore::Tracking { shipment, tracking_number } => {
            about(*shipment, CarrierEvent::Tracking { number: tracking_number.clone() })
        }
        ToStore::StatusUpdate { shipment, status } => {
            about(*shipment, CarrierEvent::Status(*status))
        }
        ToStore::WorldEvent(WorldEvent::PackageReady { shipment }) => {
            about(*shipment, CarrierEvent::Packed)
        }
        ToStore::WorldEvent(WorldEvent::PackageLoaded { shipment, truck }) => {
            about(*shipment, CarrierEvent::LoadedOnto { truck: *truck })
        }
        // Counted once, and the world tells us of it itself.
        ToStore::WorldEvent(WorldEvent::ProductArrived { .. }) => {
            let answer = Ok("the store counts what the world itself tells it".to_owned());
            Letter::Peer(PeerLetter::Done { errand, answer })
        }
        // A question and not an event: whoever reads the database answers it.
        ToStore::DetailRequest { .. } => {
            let message = "details are answered at /api/webhooks/shipment-detail-request";
            let answer = Err(Refusal { code: code::MALFORMED, message: message.to_owned() });
            Letter::Peer(PeerLetter::Done { errand, answer })
        }
    }
}

fn acknowledged(message: String, seq: Option<Seq>) -> Answer {
    let outcome = Ok(Content::Acknowledged { message, tracking_number: None });
    Answer { outcome, acks: seq.into_iter().collect() }
}

/// No, but try again.
fn later(why: &str) -> Answer {
    let message = format!("{why}; send it again");
    Answer { outcome: Err(Refusal { code: code::INTERNAL, message }), acks: Vec::new() }
}
