//! The store's counterpart: tells it what happens, and hands its requests to
//! the shipments.
//!
//! One post is under way at a time, with everything that is due, so that a
//! shipment's messages arrive in order. There is no memory of the numbers of
//! incoming messages: each is harmless when it comes again, and whoever sends
//! it again wants the same answer and not silence.

use std::{collections::BTreeMap, time::Duration};

use super::{
    finished::Finished,
    letters::{Letter, Origin, PeerLetter, Request, ShipmentLetter, StoreInput},
    outputs::{LinkName, Output, PostId, ShipmentStage, StoreStatus},
    party::Carrier,
    records::Record,
    shipment::{accepted, acknowledged},
    tracking::tracking_number,
    wishes::{LinkView, Look, Matter, Outstanding},
};
use crate::{
    basis::{PackageId, Seq, SimTime, WorldId},
    link::{Backoff, Outbound, ResendPolicy},
    runtime::{Outbox, ReplyId},
    wire::dialect::{Answer, Content, Envelope, Refusal, StatusReport, ToCarrier, ToStore, code},
};

const POST_AGAIN: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
/// A post that the edge says nothing about is given up.
const POST_WITHIN: Duration = Duration::from_secs(60);
const MESSAGES_IN_ONE_POST: usize = 512;
/// Numbers are reserved by the block, so that not every message costs a write.
const BLOCK: i64 = 1024;
/// A request that is never answered (its shipment failed) is forgotten.
const REQUEST_WITHIN: Duration = Duration::from_secs(60);
/// How often a store that acks nothing is told of a shipment that it does not know, or refuses
/// without a reason: over a minute or so.
const SENDS_TO_STRANGER_MAX: u32 = 10;
/// For what the store can not do now.
const POLICY: ResendPolicy = ResendPolicy {
    first: Duration::from_millis(500),
    cap: Duration::from_secs(10),
    window: 8 * MESSAGES_IN_ONE_POST,
};

/// The link of a carrier to its store.
pub struct StorePeer {
    sender: String,
    outbound: Outbound<ToStore>,
    /// As restored: what the store may not have heard, to be numbered when it is
    /// woken, because only what a call makes becomes durable.
    unnumbered: Vec<ToStore>,
    next_seq: Seq,
    reserved_below: Seq,
    world: Option<WorldId>,
    world_news: WorldNews,
    under_way: Option<Post>,
    /// Nothing is posted before; None while the store can be reached.
    retry_at: Option<SimTime>,
    post_again: Backoff,
    last_post: u64,
    pending: BTreeMap<ReplyId, Pending>,
    finished: Finished,
    status: StoreStatus,
    reported: (usize, u64),
}

/// Whether the store knows the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WorldNews {
    Due { at: SimTime, again: Backoff },
    Told,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Post {
    id: PostId,
    until: SimTime,
    cargo: Cargo,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Cargo {
    World,
    Messages(Vec<Seq>),
}

/// A post of the store's of which some messages are still being done.
#[derive(Debug)]
struct Pending {
    since: SimTime,
    answers: Vec<Option<Answer>>,
    missing: usize,
}

impl StorePeer {
    pub(super) fn new(
        sender: String,
        next_seq: Seq,
        world: Option<WorldId>,
        finished: Finished,
        now: SimTime,
    ) -> Self {
        let mut outbound = Outbound::new(POLICY);
        outbound.open(now);
        Self {
            sender,
            outbound,
            unnumbered: Vec::new(),
            next_seq,
            reserved_below: next_seq,
            world,
            world_news: WorldNews::Due { at: now, again: POST_AGAIN },
            under_way: None,
            retry_at: None,
            post_again: POST_AGAIN,
            last_post: 0,
            pending: BTreeMap::new(),
            finished,
            status: StoreStatus::Unknown,
            reported: (0, 0),
        }
    }

    /// As committed: the store may not have heard this.
    pub(super) fn with_message(&mut self, message: ToStore) {
        self.unnumbered.push(message);
    }

    /// Messages that the store has not acked.
    pub fn unacked_count(&self) -> usize {
        self.unnumbered.len() + self.outbound.unacked_count()
    }

    pub(super) fn handle_input(
        &mut self,
        now: SimTime,
        input: &StoreInput,
        out: &mut Outbox<Carrier>,
    ) {
        match input {
            StoreInput::Posted { post, result } => self.posted(now, *post, result, out),
            StoreInput::Received { reply, envelopes } => {
                self.receive(now, *reply, envelopes, out);
            }
        }
        self.report(out);
    }

    pub(super) fn look(&self, look: &Look, out: &mut Outbox<Carrier>) {
        let outstanding = self.outbound.outstanding_after(look.after).take(look.limit);
        let outstanding = outstanding.map(|(seq, message, sends, since)| Outstanding {
            seq,
            matter: matter(message),
            sends,
            since,
        });
        let unacked = self.unacked_count();
        let outstanding = outstanding.collect();
        let view = LinkView { unacked, outstanding, ..LinkView::default() };
        out.emit(Output::Looked { reply: look.reply, view });
    }

    pub(super) fn handle(&mut self, now: SimTime, letter: &PeerLetter, out: &mut Outbox<Carrier>) {
        match letter {
            PeerLetter::Notify(message) => self.notify(now, message.clone(), out),
            PeerLetter::Answered { request, answer } => {
                self.answered(*request, answer.clone(), out);
            }
            PeerLetter::WorldJoined { world } => {
                if self.world != Some(*world) {
                    self.world = Some(*world);
                    self.world_news = WorldNews::Due { at: now, again: POST_AGAIN };
                }
            }
        }
        self.report(out);
    }

    pub(super) fn next_wake(&self) -> Option<SimTime> {
        if !self.unnumbered.is_empty() {
            return Some(SimTime::ZERO);
        }
        if let Some(post) = &self.under_way {
            return Some(post.until);
        }
        if self.retry_at.is_some() {
            return self.retry_at.filter(|_| self.has_news());
        }
        [self.world_due(), self.outbound.next_wake()].into_iter().flatten().min()
    }

    pub(super) fn wake(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        for message in std::mem::take(&mut self.unnumbered) {
            self.notify(now, message, out);
        }
        match &self.under_way {
            // The edge has its own, shorter deadline and says what the store does: where it says
            // nothing the post may not have left, as our commits take long.
            Some(post) if post.until <= now => self.rest(now),
            Some(_) => {}
            None if self.retry_at.is_some_and(|at| at > now) => {}
            None => {
                if self.retry_at.take().is_some() {
                    self.outbound.open(now);
                }
                self.post_what_is_due(now, out);
            }
        }
        self.report(out);
    }

    /// Takes a message for the store, under a number that was never used.
    fn notify(&mut self, now: SimTime, message: ToStore, out: &mut Outbox<Carrier>) {
        let seq = self.next_seq;
        self.next_seq = seq.next();
        if seq >= self.reserved_below {
            self.reserved_below = Seq(seq.0 + BLOCK);
            out.save(Record::StoreNumbersReserved { below: self.reserved_below });
        }
        self.outbound.push(now, seq, message);
    }

    fn has_news(&self) -> bool {
        self.world_due().is_some() || self.outbound.unacked_count() > 0
    }

    fn world_due(&self) -> Option<SimTime> {
        match (self.world, self.world_news) {
            (Some(_), WorldNews::Due { at, .. }) => Some(at),
            (None, WorldNews::Due { .. }) | (_, WorldNews::Told) => None,
        }
    }

    fn post_what_is_due(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        if let Some(world) = self.world.filter(|_| self.world_due().is_some_and(|at| at <= now)) {
            let envelope = Envelope {
                // A world is told until the answer is good, and the last one told counts.
                seq: None,
                sender: Some(self.sender.clone()),
                message: ToStore::SetWorld { world },
            };
            return self.post(now, Cargo::World, vec![envelope], out);
        }
        let due = self.outbound.poll(now, MESSAGES_IN_ONE_POST);
        if due.is_empty() {
            return;
        }
        let seqs = due.iter().map(|(seq, _)| *seq).collect();
        let envelope = |(seq, message)| Envelope {
            seq: Some(seq),
            sender: Some(self.sender.clone()),
            message,
        };
        let envelopes = due.into_iter().map(envelope).collect();
        self.post(now, Cargo::Messages(seqs), envelopes, out);
    }

    fn post(
        &mut self,
        now: SimTime,
        cargo: Cargo,
        envelopes: Vec<Envelope<ToStore>>,
        out: &mut Outbox<Carrier>,
    ) {
        // After a restart too no number comes twice: time has gone on.
        self.last_post = now.micros().max(self.last_post + 1);
        let id = PostId(self.last_post);
        self.under_way = Some(Post { id, until: now + POST_WITHIN, cargo });
        out.emit(Output::Post { post: id, envelopes });
    }

    fn posted(
        &mut self,
        now: SimTime,
        post: PostId,
        result: &Result<Vec<Answer>, String>,
        out: &mut Outbox<Carrier>,
    ) {
        let Some(under_way) = self.under_way.take_if(|mine| mine.id == post) else { return };
        match (under_way.cargo, result) {
            (Cargo::World, Ok(answers)) => self.world_answered(now, answers, out),
            (Cargo::Messages(seqs), Ok(answers)) if seqs.len() == answers.len() => {
                self.reached(StoreStatus::Reachable, out);
                for (seq, answer) in seqs.into_iter().zip(answers) {
                    self.message_answered(now, seq, answer, out);
                }
            }
            (Cargo::Messages(_), Ok(_)) => self.give_up(now, "not as many answers", out),
            (Cargo::World | Cargo::Messages(_), Err(reason)) => self.give_up(now, reason, out),
        }
    }

    fn world_answered(&mut self, now: SimTime, answers: &[Answer], out: &mut Outbox<Carrier>) {
        match answers.first().map(|answer| &answer.outcome) {
            Some(Ok(_)) => {
                self.world_news = WorldNews::Told;
                self.reached(StoreStatus::Reachable, out);
            }
            Some(Err(refusal)) => {
                let mut again = match self.world_news {
                    WorldNews::Due { again, .. } => again,
                    WorldNews::Told => POST_AGAIN,
                };
                let at = now + again.pause();
                self.world_news = WorldNews::Due { at, again };
                let reason = refusal.message.clone();
                self.reached(StoreStatus::WorldRefused { reason }, out);
            }
            None => self.give_up(now, "no answer in the answer", out),
        }
    }

    fn message_answered(
        &mut self,
        now: SimTime,
        seq: Seq,
        answer: &Answer,
        out: &mut Outbox<Carrier>,
    ) {
        let refusal = answer.outcome.as_ref().err();
        if refusal.is_some_and(|refusal| self.may_be_done_later(seq, refusal, answer)) {
            return;
        }
        let Some(message) = self.outbound.acknowledge(now, seq) else { return };
        if let ToStore::ShipmentDelivered { shipment, .. } = message {
            self.finish(shipment, out);
        }
        if let Some(refusal) = refusal.cloned() {
            out.emit(Output::StoreRefused { message, refusal });
        }
    }

    /// Whether the same message may do better when it is sent again. A stranger may not know
    /// a shipment yet that it has just asked us for: its own books are closed only when it has
    /// our answer. A refusal that acks the message and says why is final.
    fn may_be_done_later(&self, seq: Seq, refusal: &Refusal, answer: &Answer) -> bool {
        let is_unknown_yet = match refusal.code {
            code::INTERNAL => return true,
            code::UNSAID => true,
            code::SHIPMENT_NOT_FOUND => !answer.acks.contains(&seq),
            _ => false,
        };
        let mut outstanding = self.outbound.outstanding_after(Seq(seq.0 - 1));
        let sends = outstanding.next().map_or(0, |(_, _, sends, _)| sends);
        is_unknown_yet && sends < SENDS_TO_STRANGER_MAX
    }

    /// From here on the shipment needs nobody; requests for it are answered by us.
    fn finish(&mut self, shipment: PackageId, out: &mut Outbox<Carrier>) {
        if self.finished.insert(shipment) {
            out.save(Record::StoreTold { shipment });
            out.tell(Letter::Shipment(shipment, ShipmentLetter::StoreTold));
        }
    }

    fn reached(&mut self, status: StoreStatus, out: &mut Outbox<Carrier>) {
        self.post_again.reset();
        self.set_status(status, out);
    }

    fn give_up(&mut self, now: SimTime, reason: &str, out: &mut Outbox<Carrier>) {
        self.rest(now);
        self.set_status(StoreStatus::Unreachable { reason: reason.to_owned() }, out);
    }

    /// Waits a while; then everything is posted again.
    fn rest(&mut self, now: SimTime) {
        self.under_way = None;
        self.outbound.close();
        self.retry_at = Some(now + self.post_again.pause());
        // A store that was away may have forgotten the world.
        self.world_news = WorldNews::Due { at: now, again: POST_AGAIN };
    }

    fn set_status(&mut self, status: StoreStatus, out: &mut Outbox<Carrier>) {
        if self.status != status {
            self.status = status.clone();
            out.emit(Output::StoreStatus(status));
        }
    }

    fn receive(
        &mut self,
        now: SimTime,
        reply: ReplyId,
        envelopes: &[Envelope<ToCarrier>],
        out: &mut Outbox<Carrier>,
    ) {
        self.forget_hopeless(now);
        let missing = envelopes.len();
        let pending = Pending { since: now, answers: vec![None; missing], missing };
        self.pending.insert(reply, pending);
        for (index, envelope) in envelopes.iter().enumerate() {
            let request = Request { reply, index };
            let shipment = shipment_in(&envelope.message);
            if self.finished.contains(shipment) {
                self.answered(request, answer_for_finished(envelope), out);
                continue;
            }
            let origin = Origin { sender: envelope.sender.clone(), seq: envelope.seq };
            let message = envelope.message.clone();
            let requested = ShipmentLetter::Requested { request, origin, message };
            out.tell(Letter::Shipment(shipment, requested));
        }
        self.reply_if_complete(reply, out);
    }

    fn answered(&mut self, request: Request, answer: Answer, out: &mut Outbox<Carrier>) {
        let Some(pending) = self.pending.get_mut(&request.reply) else { return };
        let Some(slot) = pending.answers.get_mut(request.index) else { return };
        if slot.replace(answer).is_none() {
            pending.missing -= 1;
        }
        self.reply_if_complete(request.reply, out);
    }

    fn reply_if_complete(&mut self, reply: ReplyId, out: &mut Outbox<Carrier>) {
        if self.pending.get(&reply).is_some_and(|pending| pending.missing == 0)
            && let Some(pending) = self.pending.remove(&reply)
        {
            let answers = pending.answers.into_iter().flatten().collect();
            out.emit(Output::AnswerStore { reply, answers });
        }
    }

    fn forget_hopeless(&mut self, now: SimTime) {
        while let Some(oldest) = self.pending.first_entry() {
            if oldest.get().since + REQUEST_WITHIN > now {
                break;
            }
            oldest.remove();
        }
    }

    fn report(&mut self, out: &mut Outbox<Carrier>) {
        let load = (self.outbound.unacked_count(), self.outbound.resent_count());
        if load != self.reported {
            self.reported = load;
            let (unacked, resent) = load;
            out.emit(Output::LinkLoad { link: LinkName::Store, unacked, resent });
        }
    }
}

fn matter(message: &ToStore) -> Matter {
    let (what, shipment, truck) = match message {
        ToStore::SetWorld { .. } => ("world", None, None),
        ToStore::TruckDispatched { truck, shipment } => {
            ("truck dispatched", Some(*shipment), Some(*truck))
        }
        ToStore::TruckArrived { truck, shipment, .. } => ("truck arrived", *shipment, Some(*truck)),
        ToStore::Tracking { shipment, .. } => ("tracking number", Some(*shipment), None),
        ToStore::StatusUpdate { shipment, .. } => ("status", Some(*shipment), None),
        ToStore::ShipmentDelivered { shipment, .. } => ("delivered", Some(*shipment), None),
        ToStore::DetailRequest { shipment } => ("detail request", Some(*shipment), None),
        // Said by helpers of a world's, never by us.
        ToStore::WorldEvent(_) => ("event of the world's", None, None),
    };
    Matter::Tell { what, shipment, truck }
}

fn shipment_in(message: &ToCarrier) -> PackageId {
    match message {
        ToCarrier::ShipmentCreated { shipment, .. }
        | ToCarrier::ShipmentLoaded { shipment }
        | ToCarrier::ShipmentStatusRequest { shipment }
        | ToCarrier::AddressChange { shipment, .. } => *shipment,
    }
}

fn answer_for_finished(envelope: &Envelope<ToCarrier>) -> Answer {
    let shipment = shipment_in(&envelope.message);
    let outcome = match &envelope.message {
        ToCarrier::ShipmentCreated { .. } if envelope.sender.is_some() => Ok(accepted(shipment)),
        ToCarrier::ShipmentCreated { .. } => {
            let message = format!("shipment {shipment} exists already");
            Err(Refusal::new(code::SHIPMENT_EXISTS, message))
        }
        ToCarrier::ShipmentLoaded { .. } => Ok(acknowledged("the shipment is loaded")),
        ToCarrier::ShipmentStatusRequest { .. } => Ok(Content::Status(StatusReport {
            shipment,
            tracking_number: tracking_number(shipment),
            status: ShipmentStage::Delivered.name().to_owned(),
            truck: None,
            truck_status: None,
            estimated_delivery: None,
            actual_delivery: None,
        })),
        ToCarrier::AddressChange { .. } => {
            let message = format!("shipment {shipment} is delivered");
            Err(Refusal::new(code::TOO_LATE, message))
        }
    };
    Answer { outcome, acks: envelope.seq.into_iter().collect() }
}
