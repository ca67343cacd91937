//! What has to be true of a run, a file each.
//!
//! Some must hold at any moment and are noticed by the [history](super::History)
//! as it is written; these are asked in the end, when the faults are over and
//! everything has come to rest. Each returns what is wrong, in sentences.

mod everything_acked;
mod nothing_acknowledged_lost;
mod one_truck_a_package;
mod orders_delivered_once;
mod second_thoughts_kept;
mod stock_conserved;

use super::System;

type Check = fn(&System, &mut Vec<String>);

const ALL: [(&str, Check); 6] = [
    ("nothing acknowledged is lost", nothing_acknowledged_lost::check),
    ("every accepted order is delivered or cancelled, once", orders_delivered_once::check),
    ("what was said to second thoughts is kept", second_thoughts_kept::check),
    ("stock is conserved", stock_conserved::check),
    ("every message is acked in the end", everything_acked::check),
    ("a package is on at most one truck", one_truck_a_package::check),
];

/// Everything that is wrong with a run that has come to rest.
pub fn violations(system: &System) -> Vec<String> {
    let mut all: Vec<_> = system.history().violations.clone();
    for (name, check) in ALL {
        let mut found = Vec::new();
        check(system, &mut found);
        all.extend(found.into_iter().map(|what| format!("{name}: {what}")));
    }
    all
}
