//! What a store and a world say to each other, as domain types.

use prost::Message as _;
use serde::{Deserialize, Serialize};

use super::{
    Commands, Connect, Connected, Numbered, Responses, WireError, proto::amazon as pb, required,
};
use crate::basis::{PackageId, Point, ProductId, Seq, TruckId, WarehouseId, WorldId};

/// Pieces of one product. The count is the wire's: the receiver judges it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    pub product: ProductId,
    pub description: String,
    pub count: i32,
}

/// What a store asks of a world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    Buy { warehouse: WarehouseId, things: Vec<Thing> },
    Pack { warehouse: WarehouseId, things: Vec<Thing>, package: PackageId },
    Load { warehouse: WarehouseId, truck: TruckId, package: PackageId },
    Query { package: PackageId },
}

/// What a world tells a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    Arrived { warehouse: WarehouseId, things: Vec<Thing> },
    Ready { package: PackageId },
    Loaded { package: PackageId },
    Failed { text: String, origin: Seq },
    Status { package: PackageId, status: String },
}

/// A store's first message.
pub type ConnectAmazon = Connect<WarehouseId>;

fn not_a(expected: &'static str) -> impl Fn(prost::DecodeError) -> WireError {
    move |error| WireError::NotA { expected, reason: error.to_string() }
}

pub fn decode_connect(bytes: &[u8]) -> Result<ConnectAmazon, WireError> {
    let message = pb::AConnect::decode(bytes).map_err(not_a("AConnect"))?;
    required::check(&required::A_CONNECT, bytes)?;
    Ok(Connect {
        world: message.worldid.map(WorldId),
        initial: message
            .initwh
            .into_iter()
            .map(|wh| (WarehouseId(wh.id), Point::new(wh.x, wh.y)))
            .collect(),
        is_amazon: message.is_amazon,
    })
}

pub fn encode_connect(connect: &ConnectAmazon) -> pb::AConnect {
    pb::AConnect {
        worldid: connect.world.map(|world| world.0),
        initwh: connect
            .initial
            .iter()
            .map(|(id, at)| pb::AInitWarehouse { id: id.0, x: at.x, y: at.y })
            .collect(),
        is_amazon: connect.is_amazon,
    }
}

pub fn decode_connected(bytes: &[u8]) -> Result<Connected, WireError> {
    let message = pb::AConnected::decode(bytes).map_err(not_a("AConnected"))?;
    Ok(Connected { world: WorldId(message.worldid), result: message.result })
}

pub fn encode_connected(connected: &Connected) -> pb::AConnected {
    pb::AConnected { worldid: connected.world.0, result: connected.result.clone() }
}

pub fn decode_commands(bytes: &[u8]) -> Result<Commands<Command>, WireError> {
    let message = pb::ACommands::decode(bytes).map_err(not_a("ACommands"))?;
    required::check(&required::A_COMMANDS, bytes)?;
    let buy = message.buy.into_iter().map(|buy| {
        let (warehouse, things) = (WarehouseId(buy.whnum), things_in(buy.things));
        Numbered::new(Seq(buy.seqnum), Command::Buy { warehouse, things })
    });
    let pack = message.topack.into_iter().map(|pack| {
        let (warehouse, things) = (WarehouseId(pack.whnum), things_in(pack.things));
        let package = PackageId(pack.shipid);
        Numbered::new(Seq(pack.seqnum), Command::Pack { warehouse, things, package })
    });
    let load = message.load.into_iter().map(|load| {
        let (warehouse, truck) = (WarehouseId(load.whnum), TruckId(load.truckid));
        let package = PackageId(load.shipid);
        Numbered::new(Seq(load.seqnum), Command::Load { warehouse, truck, package })
    });
    let queries = message.queries.into_iter().map(|query| {
        Numbered::new(Seq(query.seqnum), Command::Query { package: PackageId(query.packageid) })
    });
    Ok(Commands {
        commands: buy.chain(pack).chain(load).chain(queries).collect(),
        acks: message.acks.into_iter().map(Seq).collect(),
        simspeed: message.simspeed,
        disconnect: message.disconnect.unwrap_or(false),
    })
}

pub fn encode_commands(commands: &Commands<Command>) -> pb::ACommands {
    let mut message = pb::ACommands {
        simspeed: commands.simspeed,
        disconnect: commands.disconnect.then_some(true),
        acks: commands.acks.iter().map(|seq| seq.0).collect(),
        ..Default::default()
    };
    for Numbered { seq, body } in &commands.commands {
        let seqnum = seq.0;
        match body {
            Command::Buy { warehouse, things } => message.buy.push(pb::APurchaseMore {
                whnum: warehouse.0,
                things: things_out(things),
                seqnum,
            }),
            Command::Pack { warehouse, things, package } => message.topack.push(pb::APack {
                whnum: warehouse.0,
                things: things_out(things),
                shipid: package.0,
                seqnum,
            }),
            Command::Load { warehouse, truck, package } => message.load.push(pb::APutOnTruck {
                whnum: warehouse.0,
                truckid: truck.0,
                shipid: package.0,
                seqnum,
            }),
            Command::Query { package } => {
                message.queries.push(pb::AQuery { packageid: package.0, seqnum });
            }
        }
    }
    message
}

pub fn decode_responses(bytes: &[u8]) -> Result<Responses<Event>, WireError> {
    let message = pb::AResponses::decode(bytes).map_err(not_a("AResponses"))?;
    let arrived = message.arrived.into_iter().map(|arrived| {
        let (warehouse, things) = (WarehouseId(arrived.whnum), things_in(arrived.things));
        Numbered::new(Seq(arrived.seqnum), Event::Arrived { warehouse, things })
    });
    let ready = message.ready.into_iter().map(|ready| {
        Numbered::new(Seq(ready.seqnum), Event::Ready { package: PackageId(ready.shipid) })
    });
    let loaded = message.loaded.into_iter().map(|loaded| {
        Numbered::new(Seq(loaded.seqnum), Event::Loaded { package: PackageId(loaded.shipid) })
    });
    let failed = message.error.into_iter().map(|error| {
        let (text, origin) = (error.err, Seq(error.originseqnum));
        Numbered::new(Seq(error.seqnum), Event::Failed { text, origin })
    });
    let status = message.packagestatus.into_iter().map(|status| {
        let package = PackageId(status.packageid);
        Numbered::new(Seq(status.seqnum), Event::Status { package, status: status.status })
    });
    Ok(Responses {
        events: arrived.chain(ready).chain(loaded).chain(failed).chain(status).collect(),
        acks: message.acks.into_iter().map(Seq).collect(),
        finished: message.finished.unwrap_or(false),
    })
}

pub fn encode_responses(responses: &Responses<Event>) -> pb::AResponses {
    let mut message = pb::AResponses {
        finished: responses.finished.then_some(true),
        acks: responses.acks.iter().map(|seq| seq.0).collect(),
        ..Default::default()
    };
    for Numbered { seq, body } in &responses.events {
        let seqnum = seq.0;
        match body {
            Event::Arrived { warehouse, things } => message.arrived.push(pb::APurchaseMore {
                whnum: warehouse.0,
                things: things_out(things),
                seqnum,
            }),
            Event::Ready { package } => {
                message.ready.push(pb::APacked { shipid: package.0, seqnum });
            }
            Event::Loaded { package } => {
                message.loaded.push(pb::ALoaded { shipid: package.0, seqnum });
            }
            Event::Failed { text, origin } => {
                message.error.push(pb::AErr { err: text.clone(), originseqnum: origin.0, seqnum })
            }
            Event::Status { package, status } => message.packagestatus.push(pb::APackage {
                packageid: package.0,
                status: status.clone(),
                seqnum,
            }),
        }
    }
    message
}

fn things_in(things: Vec<pb::AProduct>) -> Vec<Thing> {
    let thing = |thing: pb::AProduct| Thing {
        product: ProductId(thing.id),
        description: thing.description,
        count: thing.count,
    };
    things.into_iter().map(thing).collect()
}

fn things_out(things: &[Thing]) -> Vec<pb::AProduct> {
    let thing = |thing: &Thing| pb::AProduct {
        id: thing.product.0,
        description: thing.description.clone(),
        count: thing.count,
    };
    things.iter().map(thing).collect()
}
