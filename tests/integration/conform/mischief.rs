//! The ways in which a world misbehaves on demand, and which checks find each.
//!
//! A misbehaviour breaks one rule; where that can not be done on the wire alone
//! it is as crude as it has to be.

mod connecting;
mod ending;
mod linking;
mod packing;
mod trucking;

use super::saboteur::{Manner, Mischief};

#[derive(Clone, Copy)]
pub struct Misbehaviour {
    pub name: &'static str,
    pub manner: Manner,
    pub make: fn() -> Mischief,
    /// Each of these must find it.
    pub breaks: &'static [&'static str],
}

pub fn all() -> Vec<Misbehaviour> {
    let groups =
        [connecting::all(), linking::all(), packing::all(), trucking::all(), ending::all()];
    groups.into_iter().flatten().collect()
}

/// One that breaks no rule.
pub fn none() -> Misbehaviour {
    mischief("none", &[], || Box::new(|_, _| super::saboteur::Reaction::Pass))
}

fn mischief(
    name: &'static str,
    breaks: &'static [&'static str],
    make: fn() -> Mischief,
) -> Misbehaviour {
    Misbehaviour { name, manner: Manner::Good, make, breaks }
}

/// One of bytes and sockets only.
fn manner(name: &'static str, manner: Manner, breaks: &'static [&'static str]) -> Misbehaviour {
    Misbehaviour { manner, breaks, name, ..none() }
}
