//! What staff wants of the connection: which world, whether at all, how fast.
//!
//! Wishes are durable; how a world is joined is in `joining`. Whether the present
//! world may be left is the dispatcher's to say: it knows which trucks are out, and
//! sends none while it is left.
//!
//! ```text
//!   wish ──Leave──▶ dispatcher ──MayLeave──▶ link: goodbye, then a hello elsewhere
//!                        └── a truck is out: refused
//! ```

use bytes::Bytes;
use prost::Message as _;

use super::{IN_PROGRESS_MAX, Phase, RANGES_MAX, Survey, WorldLink};
use crate::{
    basis::{Seq, SimTime, TruckId, WorldId},
    carrier::model::{
        letters::{DispatcherLetter, Letter},
        outputs::{Output, WorldStatus},
        party::Carrier,
        records::Record,
        wishes::{LinkView, Look, Matter, Outstanding, Wish, WorldWish, WorldWishes},
    },
    link::Inbound,
    runtime::{Outbox, ReplyId},
    wire::{
        Commands,
        ups::{self, Command},
    },
};

impl WorldLink {
    pub(in crate::carrier::model) fn wish(
        &mut self,
        now: SimTime,
        WorldWish { reply, wish }: &WorldWish,
        out: &mut Outbox<Carrier>,
    ) {
        let leave = |next, out: &mut Outbox<Carrier>| {
            out.tell(Letter::Dispatcher(DispatcherLetter::Leave { reply: *reply, next }));
        };
        match *wish {
            Wish::Connect(Some(world)) if self.world != Some(world) => leave(Some(world), out),
            Wish::ConnectToNew => leave(None, out),
            Wish::Connect(_) => {
                if self.hold(false, out) || !self.is_open() {
                    self.call_anew(now, out);
                }
                self.fulfilled(*reply, out);
            }
            Wish::Disconnect => {
                self.disconnect(now, out);
                self.fulfilled(*reply, out);
            }
            Wish::Speed(speed) => {
                self.set_speed(now, speed, out);
                self.fulfilled(*reply, out);
            }
        }
        self.report(out);
    }

    pub(in crate::carrier::model) fn look(&self, look: &Look, out: &mut Outbox<Carrier>) {
        let outstanding = self.outbound.outstanding_after(look.after).take(look.limit);
        let outstanding = outstanding.map(|(seq, command, sends, since)| Outstanding {
            seq,
            matter: matter(command),
            sends,
            since,
        });
        let wishes = WorldWishes {
            world: self.world(),
            next: self.world.filter(|_| !self.has_joined),
            is_held: self.phase == Phase::Held,
            speed: self.speed,
            is_speed_told: self.speed.is_some() && self.is_open() && self.untold_from.is_none(),
        };
        let unacked = self.outbound.unacked_count();
        let view = LinkView { unacked, outstanding: outstanding.collect(), wishes };
        out.emit(Output::Looked { reply: look.reply, view });
    }

    /// No truck is out. What the present world has said and not heard the end of is over:
    /// each world counts from 1.
    pub(super) fn move_to(
        &mut self,
        now: SimTime,
        reply: ReplyId,
        next: Option<WorldId>,
        out: &mut Outbox<Carrier>,
    ) {
        self.say_goodbye(out);
        self.hang_up_for_good(now, out);
        // After whatever was saved of the present world meanwhile.
        out.save(Record::WorldLeft { next });
        out.tell(Letter::Dispatcher(DispatcherLetter::Left));
        self.hold(false, out);
        let unacked: Vec<Seq> =
            self.outbound.outstanding_after(Seq(i64::MIN)).map(|(seq, ..)| seq).collect();
        for seq in unacked {
            self.outbound.acknowledge(now, seq);
        }
        self.inbound = Inbound::new(RANGES_MAX, IN_PROGRESS_MAX);
        self.owes_since = None;
        self.current.clear();
        (self.world, self.has_joined) = (next, false);
        self.missing = self.fleet.clone();
        self.call_anew(now, out);
        self.fulfilled(reply, out);
    }

    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open { .. })
    }

    fn fulfilled(&self, reply: ReplyId, out: &mut Outbox<Carrier>) {
        out.emit(Output::Wished { reply, outcome: Ok(()) });
    }

    /// On a new connection, and at once.
    fn call_anew(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        self.hang_up_for_good(now, out);
        self.dial_again.reset();
        self.dial(now, out);
    }

    fn disconnect(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        self.say_goodbye(out);
        self.hang_up_for_good(now, out);
        self.hold(true, out);
        out.emit(Output::WorldStatus(WorldStatus::Disconnected));
    }

    /// So that the world does not take our side for taken any longer.
    fn say_goodbye(&mut self, out: &mut Outbox<Carrier>) {
        if let Phase::Open { connection, .. } = self.phase {
            let acks = self.inbound.take_acks();
            let last = Commands { acks, disconnect: true, ..Commands::default() };
            let bytes = Bytes::from(ups::encode_commands(&last).encode_to_vec());
            out.emit(Output::SendWorld { connection, bytes });
        }
    }

    fn hang_up_for_good(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        if let Some(connection) = self.connection() {
            out.emit(Output::HangUp { connection });
            self.phase = Phase::Waiting { until: now };
        }
        self.break_survey_off(now);
        // Elsewhere, and next time, the question is open again.
        self.survey = Survey::default();
        self.outbound.close();
    }

    /// True where that is something else than before.
    fn hold(&mut self, is_held: bool, out: &mut Outbox<Carrier>) -> bool {
        let was_held = self.phase == Phase::Held;
        if is_held {
            self.phase = Phase::Held;
        }
        if was_held != is_held {
            out.save(Record::WorldHeld(is_held));
        }
        was_held != is_held
    }

    fn set_speed(&mut self, now: SimTime, speed: Option<u32>, out: &mut Outbox<Carrier>) {
        if self.speed != speed {
            self.speed = speed;
            out.save(Record::WorldSpeed(speed));
        }
        self.tell_speed(now, out);
    }

    /// The protocol does not number a speed, so nobody acks it. It goes with every message
    /// until a command is acked whose first message bore it; there has to be one.
    pub(super) fn tell_speed(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        self.untold_from = None;
        if self.speed.is_some() && self.is_open() {
            let seq = self.ask_whether_there(now, out);
            self.untold_from = Some(seq);
        }
    }

    /// One such question at a time: who answers the next one is there.
    fn ask_whether_there(&mut self, now: SimTime, out: &mut Outbox<Carrier>) -> Seq {
        if let Some(before) = self.probe.take() {
            self.outbound.acknowledge(now, before);
        }
        if let Phase::Open { quiet_since, .. } = &mut self.phase
            && self.outbound.unacked_count() == 0
        {
            *quiet_since = now;
        }
        self.seq_used = self.seq_used.next();
        let seq = self.seq_used;
        self.probe = Some(seq);
        out.save(Record::WorldNumberUsed { seq });
        self.outbound.push(now, seq, Command::Query { truck: self.any_truck() });
        seq
    }

    /// Whichever: what matters is that the world answers.
    fn any_truck(&self) -> TruckId {
        self.fleet.first_key_value().map(|(truck, _)| *truck).unwrap_or_default()
    }
}

fn matter(command: &Command) -> Matter {
    match command {
        Command::Pickup { truck, warehouse } => {
            Matter::Pickup { truck: *truck, warehouse: *warehouse }
        }
        Command::Deliver { truck, packages } => {
            let shipments = packages.iter().map(|(shipment, _)| *shipment).collect();
            Matter::Deliver { truck: *truck, shipments }
        }
        Command::Query { truck } => Matter::Query { truck: *truck },
    }
}
