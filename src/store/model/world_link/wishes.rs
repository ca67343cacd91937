//! What an admin wants of the connection: which world, whether at all, how fast.
//!
//! Wishes are durable; how a connection is made is in `handshake`.

use bytes::Bytes;
use prost::Message as _;

use super::{EVENTS_MAX, Inbound, Offers, RANGES_MAX, WorldLink, handshake::Phase};
use crate::{
    basis::{Seq, SimTime, WorldId},
    runtime::Outbox,
    store::model::{
        letters::{Letter, Task, WarehouseLetter},
        outputs::Output,
        party::Store,
        records::Record,
        wishes::{LinkView, Look, Matter, Outstanding, Wish, WishRefusal, WorldWish, WorldWishes},
    },
    wire::{
        Commands,
        amazon::{self, Command},
    },
};

impl WorldLink {
    pub fn wish(&mut self, wish: &WorldWish, now: SimTime, out: &mut Outbox<Store>) {
        let outcome = match wish.wish {
            Wish::Connect(world) => self.connect(world, now, out),
            Wish::ConnectToNew => self.connect_to_new(now, out),
            Wish::Disconnect => {
                self.disconnect(out);
                Ok(())
            }
            Wish::Speed(speed) => {
                self.set_speed(speed, now, out);
                Ok(())
            }
        };
        out.emit(Output::Wished { reply: wish.reply, outcome });
    }

    pub fn look(&self, look: &Look, out: &mut Outbox<Store>) {
        let outstanding = self.outbound.outstanding_after(look.after).take(look.limit);
        let outstanding = outstanding.map(|(seq, command, sends, since)| {
            let matter = self.matter(seq, command);
            Outstanding { seq, matter, sends, since }
        });
        let wishes = WorldWishes {
            is_held: self.is_held,
            new_world: self.wants_new,
            speed: self.speed,
            is_speed_told: self.speed.is_some() && self.is_open() && self.untold_from.is_none(),
        };
        let view = LinkView {
            unacked: self.outbound.unacked_count(),
            outstanding: outstanding.collect(),
            packages: self.known.len(),
            wishes,
        };
        out.emit(Output::Looked { reply: look.reply, view });
    }

    fn matter(&self, seq: Seq, command: &Command) -> Matter {
        match *command {
            Command::Pack { warehouse, package, .. } => {
                Matter::Pack { order: self.known.get(&package).copied(), package, warehouse }
            }
            Command::Load { warehouse, truck, package } => {
                let order = self.known.get(&package).copied();
                Matter::Load { order, package, warehouse, truck }
            }
            Command::Buy { warehouse, .. } => match self.tasks.get(&seq) {
                Some(Task::Buy { purchase, .. }) => Matter::Buy { warehouse, purchase: *purchase },
                _ => Matter::Query,
            },
            Command::Query { .. } => Matter::Query,
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open { .. })
    }

    fn connect(
        &mut self,
        world: Option<WorldId>,
        now: SimTime,
        out: &mut Outbox<Store>,
    ) -> Result<(), WishRefusal> {
        let world = world.or(self.world).ok_or(WishRefusal::NoWorld)?;
        if self.world != Some(world) {
            self.check_leaving()?;
        }
        self.hold(false, out);
        if self.world != Some(world) {
            self.move_to(world, now, out);
        } else if !self.is_open() {
            self.call_anew(now, out);
        }
        Ok(())
    }

    /// The store is in no world until the new one is made. That is not durable: after a
    /// crash before, nobody waits for it, and an admin asks again.
    fn connect_to_new(&mut self, now: SimTime, out: &mut Outbox<Store>) -> Result<(), WishRefusal> {
        self.check_leaving()?;
        self.hold(false, out);
        if self.world.is_some() {
            out.save(Record::WorldLeft);
            self.leave(now, out);
        }
        self.offers = Offers::default();
        self.wants_new = true;
        self.call_anew(now, out);
        Ok(())
    }

    fn check_leaving(&self) -> Result<(), WishRefusal> {
        match self.world {
            Some(world) if !self.known.is_empty() => {
                Err(WishRefusal::UnderWay { world, packages: self.known.len() })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What was bought in the present world will be bought in the next; a world counts from 1.
    pub(super) fn leave(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        self.world = None;
        for task in self.seqs.keys().copied().collect::<Vec<_>>() {
            self.end(task, now);
        }
        self.inbound = Inbound::new(RANGES_MAX, EVENTS_MAX);
        for warehouse in self.sites.keys() {
            out.tell(Letter::Warehouse(*warehouse, WarehouseLetter::WorldChanged));
        }
    }

    fn disconnect(&mut self, out: &mut Outbox<Store>) {
        self.hold(true, out);
        self.wants_new = false;
        if let Phase::Open { connection, .. } = self.phase {
            // Said, so that the world does not take our side for taken any longer.
            let acks = self.inbound.take_acks();
            let last = Commands { acks, disconnect: true, ..Commands::default() };
            let bytes = Bytes::from(amazon::encode_commands(&last).encode_to_vec());
            out.emit(Output::SendWorld { connection, bytes });
        }
        self.hang_up(out);
        self.say_status(out);
    }

    fn hold(&mut self, is_held: bool, out: &mut Outbox<Store>) {
        if self.is_held != is_held {
            self.is_held = is_held;
            out.save(Record::WorldHeld(is_held));
        }
    }

    fn set_speed(&mut self, speed: Option<u32>, now: SimTime, out: &mut Outbox<Store>) {
        if self.speed != speed {
            self.speed = speed;
            out.save(Record::WorldSpeed(speed));
        }
        self.tell_speed(now, out);
    }

    /// The protocol does not number a speed, so nobody acks it. It goes with every message
    /// until a command is acked whose first message bore it; there has to be one.
    pub(super) fn tell_speed(&mut self, now: SimTime, out: &mut Outbox<Store>) {
        self.untold_from = None;
        if self.speed.is_some() && self.is_open() {
            self.ask_whether_there(now, out);
            self.untold_from = self.probe;
        }
    }
}
