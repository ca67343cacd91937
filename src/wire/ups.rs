//! What a carrier and a world say to each other, as domain types.

use prost::Message as _;
use serde::{Deserialize, Serialize};

use super::{
    Commands, Connect, Connected, Numbered, Responses, WireError, proto::ups as pb, required,
};
use crate::basis::{PackageId, Point, Seq, TruckId, WarehouseId, WorldId};

/// What a carrier asks of a world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    Pickup { truck: TruckId, warehouse: WarehouseId },
    Deliver { truck: TruckId, packages: Vec<(PackageId, Point)> },
    Query { truck: TruckId },
}

/// What a world tells a carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The truck reached the warehouse (`ARRIVE WAREHOUSE`) or has nothing left to deliver (`IDLE`).
    Finished {
        truck: TruckId,
        at: Point,
        status: String,
    },
    Delivered {
        truck: TruckId,
        package: PackageId,
    },
    Truck {
        truck: TruckId,
        status: String,
        at: Point,
    },
    Failed {
        text: String,
        origin: Seq,
    },
}

/// A carrier's first message.
pub type ConnectUps = Connect<TruckId>;

/// Truck statuses on the wire.
pub mod status {
    pub const IDLE: &str = "IDLE";
    pub const TRAVELING: &str = "TRAVELING";
    pub const ARRIVE_WAREHOUSE: &str = "ARRIVE WAREHOUSE";
    pub const LOADING: &str = "LOADING";
    pub const DELIVERING: &str = "DELIVERING";
}

fn not_a(expected: &'static str) -> impl Fn(prost::DecodeError) -> WireError {
    move |error| WireError::NotA { expected, reason: error.to_string() }
}

pub fn decode_connect(bytes: &[u8]) -> Result<ConnectUps, WireError> {
    let message = pb::UConnect::decode(bytes).map_err(not_a("UConnect"))?;
    required::check(&required::U_CONNECT, bytes)?;
    Ok(Connect {
        world: message.worldid.map(WorldId),
        initial: message
            .trucks
            .into_iter()
            .map(|truck| (TruckId(truck.id), Point::new(truck.x, truck.y)))
            .collect(),
        is_amazon: message.is_amazon,
    })
}

pub fn encode_connect(connect: &ConnectUps) -> pb::UConnect {
    pb::UConnect {
        worldid: connect.world.map(|world| world.0),
        trucks: connect
            .initial
            .iter()
            .map(|(id, at)| pb::UInitTruck { id: id.0, x: at.x, y: at.y })
            .collect(),
        is_amazon: connect.is_amazon,
    }
}

pub fn decode_connected(bytes: &[u8]) -> Result<Connected, WireError> {
    let message = pb::UConnected::decode(bytes).map_err(not_a("UConnected"))?;
    Ok(Connected { world: WorldId(message.worldid), result: message.result })
}

pub fn encode_connected(connected: &Connected) -> pb::UConnected {
    pb::UConnected { worldid: connected.world.0, result: connected.result.clone() }
}

pub fn decode_commands(bytes: &[u8]) -> Result<Commands<Command>, WireError> {
    let message = pb::UCommands::decode(bytes).map_err(not_a("UCommands"))?;
    required::check(&required::U_COMMANDS, bytes)?;
    let pickups = message.pickups.into_iter().map(|pickup| {
        let (truck, warehouse) = (TruckId(pickup.truckid), WarehouseId(pickup.whid));
        Numbered::new(Seq(pickup.seqnum), Command::Pickup { truck, warehouse })
    });
    let deliveries = message.deliveries.into_iter().map(|delivery| {
        let place = |to: pb::UDeliveryLocation| (PackageId(to.packageid), Point::new(to.x, to.y));
        let packages = delivery.packages.into_iter().map(place).collect();
        let truck = TruckId(delivery.truckid);
        Numbered::new(Seq(delivery.seqnum), Command::Deliver { truck, packages })
    });
    let queries = message.queries.into_iter().map(|query| {
        Numbered::new(Seq(query.seqnum), Command::Query { truck: TruckId(query.truckid) })
    });
    Ok(Commands {
        commands: pickups.chain(deliveries).chain(queries).collect(),
        acks: message.acks.into_iter().map(Seq).collect(),
        simspeed: message.simspeed,
        disconnect: message.disconnect.unwrap_or(false),
    })
}

pub fn encode_commands(commands: &Commands<Command>) -> pb::UCommands {
    let mut message = pb::UCommands {
        simspeed: commands.simspeed,
        disconnect: commands.disconnect.then_some(true),
        acks: commands.acks.iter().map(|seq| seq.0).collect(),
        ..Default::default()
    };
    for Numbered { seq, body } in &commands.commands {
        let seqnum = seq.0;
        match body {
            Command::Pickup { truck, warehouse } => {
                message.pickups.push(pb::UGoPickup { truckid: truck.0, whid: warehouse.0, seqnum })
            }
            Command::Deliver { truck, packages } => message.deliveries.push(pb::UGoDeliver {
                truckid: truck.0,
                packages: packages
                    .iter()
                    .map(|(id, at)| pb::UDeliveryLocation { packageid: id.0, x: at.x, y: at.y })
                    .collect(),
                seqnum,
            }),
            Command::Query { truck } => {
                message.queries.push(pb::UQuery { truckid: truck.0, seqnum });
            }
        }
    }
    message
}

pub fn decode_responses(bytes: &[u8]) -> Result<Responses<Event>, WireError> {
    let message = pb::UResponses::decode(bytes).map_err(not_a("UResponses"))?;
    // Deliveries first: the last delivery of a trip shares its message with the trip's completion.
    let delivered = message.delivered.into_iter().map(|made| {
        let (truck, package) = (TruckId(made.truckid), PackageId(made.packageid));
        Numbered::new(Seq(made.seqnum), Event::Delivered { truck, package })
    });
    let completions = message.completions.into_iter().map(|done| {
        let (truck, at) = (TruckId(done.truckid), Point::new(done.x, done.y));
        Numbered::new(Seq(done.seqnum), Event::Finished { truck, at, status: done.status })
    });
    let trucks = message.truckstatus.into_iter().map(|state| {
        let (truck, at) = (TruckId(state.truckid), Point::new(state.x, state.y));
        Numbered::new(Seq(state.seqnum), Event::Truck { truck, status: state.status, at })
    });
    let failed = message.error.into_iter().map(|error| {
        let (text, origin) = (error.err, Seq(error.originseqnum));
        Numbered::new(Seq(error.seqnum), Event::Failed { text, origin })
    });
    Ok(Responses {
        events: delivered.chain(completions).chain(trucks).chain(failed).collect(),
        acks: message.acks.into_iter().map(Seq).collect(),
        finished: message.finished.unwrap_or(false),
    })
}

pub fn encode_responses(responses: &Responses<Event>) -> pb::UResponses {
    let mut message = pb::UResponses {
        finished: responses.finished.then_some(true),
        acks: responses.acks.iter().map(|seq| seq.0).collect(),
        ..Default::default()
    };
    for Numbered { seq, body } in &responses.events {
        let seqnum = seq.0;
        match body {
            Event::Finished { truck, at, status } => message.completions.push(pb::UFinished {
                truckid: truck.0,
                x: at.x,
                y: at.y,
                status: status.clone(),
                seqnum,
            }),
            Event::Delivered { truck, package } => message.delivered.push(pb::UDeliveryMade {
                truckid: truck.0,
                packageid: package.0,
                seqnum,
            }),
            Event::Truck { truck, status, at } => message.truckstatus.push(pb::UTruck {
                truckid: truck.0,
                status: status.clone(),
                x: at.x,
                y: at.y,
                seqnum,
            }),
            Event::Failed { text, origin } => {
                message.error.push(pb::UErr { err: text.clone(), originseqnum: origin.0, seqnum })
            }
        }
    }
    message
}
