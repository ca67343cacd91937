//! What the models observed, as metrics and log lines.
//!
//! Nothing depends on it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    basis::WorldId,
    world::model::{Fact, Observed, PackageStatus, Population, Side},
};

#[derive(Default)]
pub(super) struct Watch {
    /// What was said last of each world.
    worlds: Mutex<HashMap<WorldId, Seen>>,
}

/// What the gauges have of a world.
#[derive(Default, Clone, Copy)]
struct Seen {
    unacked: [usize; 2],
    population: Population,
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
        if let Observed {
            world: Some(world),
            unacked: Some(unacked),
            population: Some(population),
            ..
        } = *observed
        {
            self.note_seen(world, Seen { unacked, population });
        }
        let world = observed.world.map_or(0, |world| world.0);
        // Often there are many of a kind, and to find a counter costs more than to count.
        let is_like = |a: &Fact, b: &Fact| (a.what, a.refusal) == (b.what, b.refusal);
        observed.facts.chunk_by(is_like).for_each(count_facts);
        observed.facts.iter().for_each(|fact| log_fact(world, fact));
    }

    /// The gauges are over all worlds: only what has changed of one is added.
    fn note_seen(&self, world: WorldId, now: Seen) {
        let mut worlds = self.worlds.lock().unwrap_or_else(PoisonError::into_inner);
        let before = worlds.insert(world, now).unwrap_or_default();
        let change = |now: u64, before: u64| now as f64 - before as f64;
        for side in Side::ALL {
            let (now, before) = (now.unacked[side as usize], before.unacked[side as usize]);
            if now != before {
                metrics::gauge!("waybill_link_unacked", "link" => side.link())
                    .increment(change(now as u64, before as u64));
            }
        }
        let (now, before) = (now.population, before.population);
        for status in PackageStatus::ALL {
            let (now, before) = (now.packages[status as usize], before.packages[status as usize]);
            if now != before {
                metrics::gauge!("waybill_world_packages", "status" => status.name())
                    .increment(change(now, before));
            }
        }
        if now.trucks != before.trucks {
            metrics::gauge!("waybill_world_trucks")
                .increment(change(now.trucks as u64, before.trucks as u64));
        }
        if now.warehouses != before.warehouses {
            metrics::gauge!("waybill_world_warehouses")
                .increment(change(now.warehouses as u64, before.warehouses as u64));
        }
    }
}

pub(super) fn note_worlds(count: usize) {
    metrics::gauge!("waybill_worlds").set(count as f64);
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

/// Facts of one kind.
fn count_facts(alike: &[Fact]) {
    let (Some(fact), count) = (alike.first(), alike.len() as u64) else { return };
    match fact.refusal {
        Some(kind) => metrics::counter!("waybill_world_errors_total", "kind" => kind),
        None => metrics::counter!("waybill_world_events_total", "event" => fact.what),
    }
    .increment(count);
}

fn log_fact(world: i64, fact: &Fact) {
    let Fact { what, refusal, .. } = *fact;
    let (seq, package) = (fact.seq.map(|it| it.0), fact.package.map(|it| it.0));
    let truck = fact.truck.map(|it| it.0);
    if let Some(kind) = refusal {
        // As often as a client likes, so it must not fill the log.
        tracing::debug!(world, package, truck, seq, kind, "a command was refused");
    } else {
        tracing::debug!(world, package, truck, seq, "{what}");
    }
}
