//! The two sides of a world, so that what holds for both is written once.
//!
//! No socket is known here, only what each side says and hears.

use std::fmt::Debug;

use bytes::Bytes;

use super::{show, stage::Target};
use crate::{
    basis::{PackageId, Point, Seq, TruckId, WarehouseId},
    wire::{
        Commands, Connect, Connected, Responses, WireError, amazon, framing::delimited, proto, ups,
    },
};

/// A package that no check ever makes.
pub(super) const NOBODYS: PackageId = PackageId(404_404);
/// A truck that no check ever brings.
pub(super) const NO_TRUCK: TruckId = TruckId(404_404);

/// One of the two kinds of clients.
pub(super) trait Side: Send + Sync + 'static {
    type Command: Debug + Clone + Send + Sync;
    type Event: Debug + Clone + PartialEq + Send + Sync;
    /// What it brings along: warehouses or trucks.
    type Id: Debug + Copy + From<i32> + Send + Sync;

    const NAME: &'static str;
    const IS_AMAZON: bool;

    fn addr(target: &Target) -> &str;
    fn connect(connect: &Connect<Self::Id>) -> Bytes;
    fn connected(bytes: &[u8]) -> Result<Connected, WireError>;
    fn commands(commands: &Commands<Self::Command>) -> Bytes;
    fn responses(bytes: &[u8]) -> Result<Responses<Self::Event>, WireError>;
    /// `disconnect` said out loud to be false, which our own messages leave out.
    fn staying() -> Bytes;
    /// A command that changes nothing and is answered with one event: an error about it.
    fn probe() -> Self::Command;
    /// The command that an error is about.
    fn origin(event: &Self::Event) -> Option<Seq>;
    fn show_command(command: &Self::Command) -> String;
    fn show_event(event: &Self::Event) -> String;
}

/// A store.
#[derive(Debug)]
pub(super) struct Amazon;

/// A carrier.
#[derive(Debug)]
pub(super) struct Ups;

impl Side for Amazon {
    type Command = amazon::Command;
    type Event = amazon::Event;
    type Id = WarehouseId;

    const NAME: &'static str = "amazon";
    const IS_AMAZON: bool = true;

    fn addr(target: &Target) -> &str {
        &target.amazon
    }

    fn connect(connect: &Connect<WarehouseId>) -> Bytes {
        delimited(&amazon::encode_connect(connect))
    }

    fn connected(bytes: &[u8]) -> Result<Connected, WireError> {
        amazon::decode_connected(bytes)
    }

    fn commands(commands: &Commands<amazon::Command>) -> Bytes {
        delimited(&amazon::encode_commands(commands))
    }

    fn responses(bytes: &[u8]) -> Result<Responses<amazon::Event>, WireError> {
        amazon::decode_responses(bytes)
    }

    fn staying() -> Bytes {
        delimited(&proto::amazon::ACommands { disconnect: Some(false), ..Default::default() })
    }

    fn probe() -> amazon::Command {
        amazon::Command::Query { package: NOBODYS }
    }

    fn origin(event: &amazon::Event) -> Option<Seq> {
        match event {
            amazon::Event::Failed { origin, .. } => Some(*origin),
            _ => None,
        }
    }

    fn show_command(command: &amazon::Command) -> String {
        show::amazon_command(command)
    }

    fn show_event(event: &amazon::Event) -> String {
        show::amazon_event(event)
    }
}

impl Side for Ups {
    type Command = ups::Command;
    type Event = ups::Event;
    type Id = TruckId;

    const NAME: &'static str = "ups";
    const IS_AMAZON: bool = false;

    fn addr(target: &Target) -> &str {
        &target.ups
    }

    fn connect(connect: &Connect<TruckId>) -> Bytes {
        delimited(&ups::encode_connect(connect))
    }

    fn connected(bytes: &[u8]) -> Result<Connected, WireError> {
        ups::decode_connected(bytes)
    }

    fn commands(commands: &Commands<ups::Command>) -> Bytes {
        delimited(&ups::encode_commands(commands))
    }

    fn responses(bytes: &[u8]) -> Result<Responses<ups::Event>, WireError> {
        ups::decode_responses(bytes)
    }

    fn staying() -> Bytes {
        delimited(&proto::ups::UCommands { disconnect: Some(false), ..Default::default() })
    }

    fn probe() -> ups::Command {
        ups::Command::Query { truck: NO_TRUCK }
    }

    fn origin(event: &ups::Event) -> Option<Seq> {
        match event {
            ups::Event::Failed { origin, .. } => Some(*origin),
            _ => None,
        }
    }

    fn show_command(command: &ups::Command) -> String {
        show::ups_command(command)
    }

    fn show_event(event: &ups::Event) -> String {
        show::ups_event(event)
    }
}

/// What a side brings to a world of its own: the first of its kind, at a place that tells.
pub(super) fn first_of_its_kind<S: Side>() -> Vec<(S::Id, Point)> {
    vec![(S::Id::from(1), Point::new(2, 3))]
}
