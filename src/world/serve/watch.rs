//! What the models observed, as metrics and log lines.
//!
//! Nothing depends on it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    basis::WorldId,
    world::model::{Fact, Observed, Side},
};

#[derive(Default)]
pub(super) struct Watch {
    /// Unacked events of each world, by side.
    unacked: Mutex<HashMap<Option<WorldId>, [usize; 2]>>,
}

impl Watch {
    pub(super) fn note(&self, observed: &Observed) {
        if let Some(side) = observed.side {
            count_messages(observed, side.link());
        }
        for side in Side::ALL {
            let resent = observed.resent[side as usize];
            if resent > 0 {
                metrics::counter!("waybill_link_resent_total", "link" => side.link())
                    .increment(resent);
            }
        }
        if let Some(unacked) = observed.unacked {
            self.note_unacked(observed.world, unacked);
        }
        let world = observed.world.map_or(0, |world| world.0);
        observed.facts.iter().for_each(|fact| note_fact(world, fact));
    }

    fn note_unacked(&self, world: Option<WorldId>, now: [usize; 2]) {
        let mut unacked = self.unacked.lock().unwrap_or_else(PoisonError::into_inner);
        let before = unacked.insert(world, now).unwrap_or_default();
        for side in Side::ALL {
            let (now, before) = (now[side as usize], before[side as usize]);
            if now != before {
                metrics::gauge!("waybill_link_unacked", "link" => side.link())
                    .increment(now as f64 - before as f64);
            }
        }
    }
}

fn count_messages(observed: &Observed, link: &'static str) {
    let count = |count: usize, counter: fn(&'static str) -> metrics::Counter| {
        if count > 0 {
            counter(link).increment(count as u64);
        }
    };
    count(
        observed.received,
        |link| metrics::counter!("waybill_world_messages_received_total", "link" => link),
    );
    count(
        observed.dropped,
        |link| metrics::counter!("waybill_world_messages_dropped_total", "link" => link),
    );
    count(
        observed.duplicates,
        |link| metrics::counter!("waybill_world_duplicate_commands_total", "link" => link),
    );
}

fn note_fact(world: i64, fact: &Fact) {
    let Fact { what, refusal, .. } = *fact;
    let (seq, package) = (fact.seq.map(|it| it.0), fact.package.map(|it| it.0));
    let truck = fact.truck.map(|it| it.0);
    if let Some(kind) = refusal {
        metrics::counter!("waybill_world_errors_total", "kind" => kind).increment(1);
        // As often as a client likes, so it must not fill the log.
        tracing::debug!(world, package, truck, seq, kind, "a command was refused");
    } else {
        metrics::counter!("waybill_world_events_total", "event" => what).increment(1);
        tracing::debug!(world, package, truck, seq, "{what}");
    }
}
