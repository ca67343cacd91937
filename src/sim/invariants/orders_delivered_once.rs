//! Every package of an accepted order is delivered exactly once: by the world, at its
//! last doorstep, and in the books of carrier and store. Or it is cancelled, and then
//! nobody has ever heard of it.

use crate::{basis::PackageId, sim::System};

pub(super) fn check(system: &System, wrong: &mut Vec<String>) {
    let history = system.history();
    for (id, order) in &history.orders {
        for package in order.packages.keys() {
            if history.cancelled.contains(package) {
                nobody_has_heard_of(*package, system, wrong);
                continue;
            }
            let counts = [
                ("the store's", count(&history.delivered_at_store, *package)),
                ("the carrier's", count(&history.delivered_at_carrier, *package)),
            ];
            for (whose, count) in counts {
                if count != 1 {
                    let text =
                        format!("package {package} of order {id}: {count} times in {whose} books");
                    wrong.push(text);
                }
            }
            let by_world = history.delivered_by_world.get(package).map_or(0, |seqs| seqs.len());
            if by_world != 1 {
                wrong.push(format!(
                    "package {package} of order {id}: {by_world} times by the world"
                ));
            }
            let doorsteps = history.doorsteps.get(package).into_iter().flatten();
            let place = history.place_of(order, *package);
            for (seq, to) in doorsteps.filter(|(_, to)| *to != place) {
                wrong.push(format!(
                    "package {package} of order {id} was sent to {to:?} by command {seq}, not to {place:?}"
                ));
            }
        }
    }
    let known: Vec<_> = history.orders.values().flat_map(|order| order.packages.keys()).collect();
    for package in history.delivered_by_world.keys().filter(|id| !known.contains(id)) {
        wrong.push(format!("the world delivered package {package}, which nobody ordered"));
    }
}

fn nobody_has_heard_of(package: PackageId, system: &System, wrong: &mut Vec<String>) {
    let history = system.history();
    let heard = [
        ("was packed", history.packed.contains(&package)),
        ("was taken on by the carrier", history.shipped.contains(&package)),
        ("was sent somewhere", history.doorsteps.contains_key(&package)),
        ("was delivered", history.delivered_at_store.contains_key(&package)),
    ];
    for (what, _) in heard.into_iter().filter(|(_, has_heard)| *has_heard) {
        wrong.push(format!("package {package}, which was cancelled, {what}"));
    }
}

fn count(counts: &std::collections::BTreeMap<PackageId, u32>, package: PackageId) -> u32 {
    counts.get(&package).copied().unwrap_or(0)
}
