//! Messages as people read them in a transcript.
//!
//! For reading only: nothing is compared by these texts.

use std::fmt::Write as _;

use super::side::Side;
use crate::{
    basis::{Point, Seq},
    wire::{
        Commands, Connect, Connected, Numbered, Responses,
        amazon::{self, Thing},
        ups,
    },
};

const IDS_SHOWN: usize = 6;

pub(super) fn connect<S: Side>(connect: &Connect<S::Id>) -> String {
    let world = connect.world.map_or("a new world".to_owned(), |id| format!("world {id}"));
    let count = connect.initial.len();
    let shown = connect.initial.iter().take(IDS_SHOWN);
    let list: Vec<_> = shown.map(|(id, at)| format!("{id:?} {}", point(*at))).collect();
    let more = if count > IDS_SHOWN { format!(" … {count} in all") } else { String::new() };
    format!("Connect {world} isAmazon={} [{}{more}]", connect.is_amazon, list.join(", "))
}

pub(super) fn connected(connected: &Connected) -> String {
    format!("Connected world {} {:?}", connected.world, connected.result)
}

pub(super) fn commands<S: Side>(commands: &Commands<S::Command>) -> String {
    let Commands { commands, acks, simspeed, disconnect } = commands;
    let mut text = listed(commands, S::show_command, acks);
    if let Some(simspeed) = simspeed {
        let _ = write!(text, " simspeed={simspeed}");
    }
    if *disconnect {
        text.push_str(" disconnect=true");
    }
    text
}

pub(super) fn responses<S: Side>(responses: &Responses<S::Event>) -> String {
    let Responses { events, acks, finished } = responses;
    let mut text = listed(events, S::show_event, acks);
    if *finished {
        text.push_str(" finished=true");
    }
    text
}

fn listed<T>(numbered: &[Numbered<T>], show: fn(&T) -> String, acks: &[Seq]) -> String {
    let item = |it: &Numbered<T>| format!("#{} {}", it.seq, show(&it.body));
    let mut text = numbered.iter().map(item).collect::<Vec<_>>().join("; ");
    if !acks.is_empty() {
        let acks: Vec<_> = acks.iter().map(ToString::to_string).collect();
        let _ = write!(text, " acks=[{}]", acks.join(" "));
    }
    text
}

pub(super) fn amazon_command(command: &amazon::Command) -> String {
    use amazon::Command;
    match command {
        Command::Buy { warehouse, things } => format!("buy at {warehouse}: {}", list(things)),
        Command::Pack { warehouse, things, package } => {
            format!("topack {package} at {warehouse}: {}", list(things))
        }
        Command::Load { warehouse, truck, package } => {
            format!("load {package} at {warehouse} onto truck {truck}")
        }
        Command::Query { package } => format!("query package {package}"),
    }
}

pub(super) fn amazon_event(event: &amazon::Event) -> String {
    use amazon::Event;
    match event {
        Event::Arrived { warehouse, things } => format!("arrived at {warehouse}: {}", list(things)),
        Event::Ready { package } => format!("ready {package}"),
        Event::Loaded { package } => format!("loaded {package}"),
        Event::Failed { text, origin } => format!("error about #{origin}: {text:?}"),
        Event::Status { package, status } => format!("package {package} is {status:?}"),
    }
}

pub(super) fn ups_command(command: &ups::Command) -> String {
    use ups::Command;
    match command {
        Command::Pickup { truck, warehouse } => format!("pickup truck {truck} to {warehouse}"),
        Command::Deliver { truck, packages } => {
            let stop = |(package, to): &(_, Point)| format!("{package} to {}", point(*to));
            let stops: Vec<_> = packages.iter().map(stop).collect();
            format!("deliver truck {truck}: {}", stops.join(", "))
        }
        Command::Query { truck } => format!("query truck {truck}"),
    }
}

pub(super) fn ups_event(event: &ups::Event) -> String {
    use ups::Event;
    match event {
        Event::Finished { truck, at, status } => {
            format!("completion truck {truck} at {} {status:?}", point(*at))
        }
        Event::Delivered { truck, package } => format!("delivered {package} by truck {truck}"),
        Event::Truck { truck, status, at } => {
            format!("truck {truck} at {} is {status:?}", point(*at))
        }
        Event::Failed { text, origin } => format!("error about #{origin}: {text:?}"),
    }
}

fn list(things: &[Thing]) -> String {
    let one = |it: &Thing| format!("{} of {} {:?}", it.count, it.product, it.description);
    let all: Vec<_> = things.iter().map(one).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

fn point(at: Point) -> String {
    format!("({}, {})", at.x, at.y)
}
