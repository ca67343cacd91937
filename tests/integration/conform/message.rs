//! What passes a saboteur, decoded, with handles on the parts that are the same
//! on both sides of a world.
//!
//! It is the wire's own types, so that a saboteur can write what no honest
//! party would.

use bytes::Bytes;
use prost::Message as _;
use waybill::{
    wire::proto::{
        amazon::{ACommands, AConnect, AConnected, AResponses},
        ups::{UCommands, UConnect, UConnected, UResponses},
    },
    world::Side,
};

#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    Heartbeat,
    /// What no client of the protocol would send.
    Nonsense(Bytes),
    AmazonConnects(AConnect),
    UpsConnects(UConnect),
    AmazonConnected(AConnected),
    UpsConnected(UConnected),
    AmazonSays(ACommands),
    UpsSays(UCommands),
    AmazonHears(AResponses),
    UpsHears(UResponses),
}

impl Message {
    pub fn from_client(side: Side, is_connect: bool, bytes: &Bytes) -> Self {
        if bytes.is_empty() {
            return Self::Heartbeat;
        }
        let decoded = match (side, is_connect) {
            (Side::Amazon, true) => AConnect::decode(&bytes[..]).map(Self::AmazonConnects),
            (Side::Ups, true) => UConnect::decode(&bytes[..]).map(Self::UpsConnects),
            (Side::Amazon, false) => ACommands::decode(&bytes[..]).map(Self::AmazonSays),
            (Side::Ups, false) => UCommands::decode(&bytes[..]).map(Self::UpsSays),
        };
        let decoded = decoded.unwrap_or_else(|_| Self::Nonsense(bytes.clone()));
        if decoded.lacks_a_field() { Self::Nonsense(bytes.clone()) } else { decoded }
    }

    pub fn from_world(side: Side, is_connected: bool, bytes: &Bytes) -> Self {
        match (side, is_connected) {
            (Side::Amazon, true) => Self::AmazonConnected(AConnected::decode(&bytes[..]).unwrap()),
            (Side::Ups, true) => Self::UpsConnected(UConnected::decode(&bytes[..]).unwrap()),
            (Side::Amazon, false) => Self::AmazonHears(AResponses::decode(&bytes[..]).unwrap()),
            (Side::Ups, false) => Self::UpsHears(UResponses::decode(&bytes[..]).unwrap()),
        }
    }

    pub fn encode(&self) -> Bytes {
        match self {
            Self::Heartbeat => Bytes::new(),
            Self::Nonsense(bytes) => bytes.clone(),
            Self::AmazonConnects(it) => it.encode_to_vec().into(),
            Self::UpsConnects(it) => it.encode_to_vec().into(),
            Self::AmazonConnected(it) => it.encode_to_vec().into(),
            Self::UpsConnected(it) => it.encode_to_vec().into(),
            Self::AmazonSays(it) => it.encode_to_vec().into(),
            Self::UpsSays(it) => it.encode_to_vec().into(),
            Self::AmazonHears(it) => it.encode_to_vec().into(),
            Self::UpsHears(it) => it.encode_to_vec().into(),
        }
    }

    /// Our decoder takes an absent field for zero, and no check numbers a command so.
    fn lacks_a_field(&self) -> bool {
        match self {
            Self::AmazonSays(it) => it.buy.iter().any(|buy| buy.seqnum == 0),
            Self::UpsSays(it) => it.pickups.iter().any(|pickup| pickup.seqnum == 0),
            _ => false,
        }
    }

    /// The numbers of a client's commands.
    pub fn commands(&mut self) -> Vec<&mut i64> {
        match self {
            Self::AmazonSays(it) => {
                let buy = it.buy.iter_mut().map(|it| &mut it.seqnum);
                let pack = it.topack.iter_mut().map(|it| &mut it.seqnum);
                let load = it.load.iter_mut().map(|it| &mut it.seqnum);
                let queries = it.queries.iter_mut().map(|it| &mut it.seqnum);
                buy.chain(pack).chain(load).chain(queries).collect()
            }
            Self::UpsSays(it) => {
                let pickups = it.pickups.iter_mut().map(|it| &mut it.seqnum);
                let deliveries = it.deliveries.iter_mut().map(|it| &mut it.seqnum);
                let queries = it.queries.iter_mut().map(|it| &mut it.seqnum);
                pickups.chain(deliveries).chain(queries).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Leaves a client's commands whose numbers are kept.
    pub fn retain_commands(&mut self, mut keep: impl FnMut(i64) -> bool) {
        match self {
            Self::AmazonSays(it) => {
                it.buy.retain(|it| keep(it.seqnum));
                it.topack.retain(|it| keep(it.seqnum));
                it.load.retain(|it| keep(it.seqnum));
                it.queries.retain(|it| keep(it.seqnum));
            }
            Self::UpsSays(it) => {
                it.pickups.retain(|it| keep(it.seqnum));
                it.deliveries.retain(|it| keep(it.seqnum));
                it.queries.retain(|it| keep(it.seqnum));
            }
            _ => {}
        }
    }

    /// The numbers of what a world tells.
    pub fn events(&mut self) -> Vec<&mut i64> {
        match self {
            Self::AmazonHears(it) => {
                let arrived = it.arrived.iter_mut().map(|it| &mut it.seqnum);
                let ready = it.ready.iter_mut().map(|it| &mut it.seqnum);
                let loaded = it.loaded.iter_mut().map(|it| &mut it.seqnum);
                let error = it.error.iter_mut().map(|it| &mut it.seqnum);
                let status = it.packagestatus.iter_mut().map(|it| &mut it.seqnum);
                arrived.chain(ready).chain(loaded).chain(error).chain(status).collect()
            }
            Self::UpsHears(it) => {
                let completions = it.completions.iter_mut().map(|it| &mut it.seqnum);
                let delivered = it.delivered.iter_mut().map(|it| &mut it.seqnum);
                let status = it.truckstatus.iter_mut().map(|it| &mut it.seqnum);
                let error = it.error.iter_mut().map(|it| &mut it.seqnum);
                completions.chain(delivered).chain(status).chain(error).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Leaves what a world tells under numbers that are kept.
    pub fn retain_events(&mut self, mut keep: impl FnMut(i64) -> bool) {
        match self {
            Self::AmazonHears(it) => {
                it.arrived.retain(|it| keep(it.seqnum));
                it.ready.retain(|it| keep(it.seqnum));
                it.loaded.retain(|it| keep(it.seqnum));
                it.error.retain(|it| keep(it.seqnum));
                it.packagestatus.retain(|it| keep(it.seqnum));
            }
            Self::UpsHears(it) => {
                it.completions.retain(|it| keep(it.seqnum));
                it.delivered.retain(|it| keep(it.seqnum));
                it.truckstatus.retain(|it| keep(it.seqnum));
                it.error.retain(|it| keep(it.seqnum));
            }
            _ => {}
        }
    }

    /// A client's acks of what it was told.
    pub fn client_acks(&mut self) -> Option<&mut Vec<i64>> {
        match self {
            Self::AmazonSays(it) => Some(&mut it.acks),
            Self::UpsSays(it) => Some(&mut it.acks),
            _ => None,
        }
    }

    /// A world's acks of commands.
    pub fn world_acks(&mut self) -> Option<&mut Vec<i64>> {
        match self {
            Self::AmazonHears(it) => Some(&mut it.acks),
            Self::UpsHears(it) => Some(&mut it.acks),
            _ => None,
        }
    }

    /// The texts of errors, and the commands that they are about.
    pub fn errors(&mut self) -> Vec<(&mut String, &mut i64)> {
        match self {
            Self::AmazonHears(it) => {
                it.error.iter_mut().map(|it| (&mut it.err, &mut it.originseqnum)).collect()
            }
            Self::UpsHears(it) => {
                it.error.iter_mut().map(|it| (&mut it.err, &mut it.originseqnum)).collect()
            }
            _ => Vec::new(),
        }
    }

    pub fn clear_errors(&mut self) {
        match self {
            Self::AmazonHears(it) => it.error.clear(),
            Self::UpsHears(it) => it.error.clear(),
            _ => {}
        }
    }

    pub fn simspeed(&mut self) -> Option<&mut Option<u32>> {
        match self {
            Self::AmazonSays(it) => Some(&mut it.simspeed),
            Self::UpsSays(it) => Some(&mut it.simspeed),
            _ => None,
        }
    }

    pub fn disconnect(&mut self) -> Option<&mut Option<bool>> {
        match self {
            Self::AmazonSays(it) => Some(&mut it.disconnect),
            Self::UpsSays(it) => Some(&mut it.disconnect),
            _ => None,
        }
    }

    pub fn finished(&mut self) -> Option<&mut Option<bool>> {
        match self {
            Self::AmazonHears(it) => Some(&mut it.finished),
            Self::UpsHears(it) => Some(&mut it.finished),
            _ => None,
        }
    }

    /// The world that a Connect asks for.
    pub fn asked_world(&mut self) -> Option<&mut Option<i64>> {
        match self {
            Self::AmazonConnects(it) => Some(&mut it.worldid),
            Self::UpsConnects(it) => Some(&mut it.worldid),
            _ => None,
        }
    }

    /// World and result of the answer to a Connect.
    pub fn result(&mut self) -> Option<(&mut i64, &mut String)> {
        match self {
            Self::AmazonConnected(it) => Some((&mut it.worldid, &mut it.result)),
            Self::UpsConnected(it) => Some((&mut it.worldid, &mut it.result)),
            _ => None,
        }
    }

    pub fn refusal(side: Side, worldid: i64, result: &str) -> Self {
        let result = result.to_owned();
        match side {
            Side::Amazon => Self::AmazonConnected(AConnected { worldid, result }),
            Side::Ups => Self::UpsConnected(UConnected { worldid, result }),
        }
    }
}
