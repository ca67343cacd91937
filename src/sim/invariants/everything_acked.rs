//! Every message is acked in the end, on all links in both directions.

use crate::sim::System;

pub(super) fn check(system: &System, wrong: &mut Vec<String>) {
    for (end, count) in system.unacked() {
        if count > 0 {
            wrong.push(format!("{end} has {count} messages unacked"));
        }
    }
}
