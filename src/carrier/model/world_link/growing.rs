//! How a fleet grows while it is at work.
//!
//! A world takes new trucks only with a greeting, so the link hangs up and greets it anew,
//! with those that are missing; [`joining`](super::joining) does the rest. The wish is
//! committed first: whatever breaks then, the trucks are offered with the next greeting.

use super::{Phase, WorldLink, joining::Survey};
use crate::{
    basis::{Point, SimTime, TruckId},
    carrier::model::{
        outputs::{Output, WishRefusal},
        party::Carrier,
        records::Record,
    },
    runtime::{Outbox, ReplyId},
};

/// As many as an operator can ask for at the start.
pub(super) const TRUCKS_MAX: usize = 10_000;

impl WorldLink {
    /// As committed: this truck was added, and the world is known to have it or not.
    pub(in crate::carrier::model) fn with_added(
        &mut self,
        truck: TruckId,
        at: Point,
        is_there: bool,
    ) {
        self.fleet.insert(truck, at);
        if !is_there {
            self.missing.insert(truck, at);
        }
        self.below_truck = self.below_truck.max(truck.0.saturating_add(1));
    }

    pub(super) fn add_trucks(
        &mut self,
        now: SimTime,
        reply: ReplyId,
        count: u32,
        at: Point,
        out: &mut Outbox<Carrier>,
    ) {
        let outcome = self.wish_for(count, at, out);
        let is_granted = outcome.is_ok();
        out.emit(Output::TrucksWished { reply, outcome });
        if is_granted {
            self.greet_anew(now, out);
        }
    }

    fn wish_for(
        &mut self,
        count: u32,
        at: Point,
        out: &mut Outbox<Carrier>,
    ) -> Result<Vec<TruckId>, WishRefusal> {
        if count == 0 {
            return Err(WishRefusal::None);
        }
        let first = usize::try_from(self.below_truck).unwrap_or(0);
        let would_be = first.saturating_add(count as usize);
        if would_be > TRUCKS_MAX {
            return Err(WishRefusal::TooMany { would_be, max: TRUCKS_MAX });
        }
        // Both are below the bound, so they are numbers of trucks.
        let ids: Vec<_> = (self.below_truck..would_be as i32).map(TruckId).collect();
        let trucks: Vec<_> = ids.iter().map(|truck| (*truck, at)).collect();
        for (truck, at) in &trucks {
            self.with_added(*truck, *at, false);
        }
        out.save(Record::TrucksAdded { trucks });
        Ok(ids)
    }

    /// A greeting that is under way does not name those that came after it.
    fn greet_anew(&mut self, now: SimTime, out: &mut Outbox<Carrier>) {
        self.break_survey_off(now);
        // Nothing is known of the new ones.
        self.survey = Survey::NotMade;
        if let Phase::Greeting { connection, .. } | Phase::Open { connection, .. } = self.phase {
            out.emit(Output::HangUp { connection });
            self.outbound.close();
            self.dial(now, out);
        }
    }
}
