//! Whether a message has every field that its schema requires.
//!
//! The generated decoders take an absent number for zero; a message that was cut
//! between two fields would be taken for another one. What the fields mean is not
//! known here, and neither are fields that nobody requires.

use super::WireError;

/// What a message must have, and which of its fields are messages again.
#[derive(Debug)]
pub(super) struct Shape {
    name: &'static str,
    /// Numbers and names, below 32.
    required: &'static [(u32, &'static str)],
    parts: &'static [(u32, &'static Shape)],
}

const fn shape(
    name: &'static str,
    required: &'static [(u32, &'static str)],
    parts: &'static [(u32, &'static Shape)],
) -> Shape {
    Shape { name, required, parts }
}

static WAREHOUSE: Shape = shape("AInitWarehouse", &[(1, "id"), (2, "x"), (3, "y")], &[]);
pub(super) static A_CONNECT: Shape = shape("AConnect", &[(3, "isAmazon")], &[(2, &WAREHOUSE)]);
static PRODUCT: Shape = shape("AProduct", &[(1, "id"), (2, "description"), (3, "count")], &[]);
static PURCHASE: Shape = shape("APurchaseMore", &[(1, "whnum"), (3, "seqnum")], &[(2, &PRODUCT)]);
static PACK: Shape =
    shape("APack", &[(1, "whnum"), (3, "shipid"), (4, "seqnum")], &[(2, &PRODUCT)]);
static PUT_ON_TRUCK: Shape =
    shape("APutOnTruck", &[(1, "whnum"), (2, "truckid"), (3, "shipid"), (4, "seqnum")], &[]);
static A_QUERY: Shape = shape("AQuery", &[(1, "packageid"), (2, "seqnum")], &[]);
pub(super) static A_COMMANDS: Shape =
    shape("ACommands", &[], &[(1, &PURCHASE), (2, &PACK), (3, &PUT_ON_TRUCK), (4, &A_QUERY)]);

static TRUCK: Shape = shape("UInitTruck", &[(1, "id"), (2, "x"), (3, "y")], &[]);
pub(super) static U_CONNECT: Shape = shape("UConnect", &[(3, "isAmazon")], &[(2, &TRUCK)]);
static GO_PICKUP: Shape = shape("UGoPickup", &[(1, "truckid"), (2, "whid"), (3, "seqnum")], &[]);
static LOCATION: Shape = shape("UDeliveryLocation", &[(1, "packageid"), (2, "x"), (3, "y")], &[]);
static GO_DELIVER: Shape = shape("UGoDeliver", &[(1, "truckid"), (3, "seqnum")], &[(2, &LOCATION)]);
static U_QUERY: Shape = shape("UQuery", &[(1, "truckid"), (2, "seqnum")], &[]);
pub(super) static U_COMMANDS: Shape =
    shape("UCommands", &[], &[(1, &GO_PICKUP), (2, &GO_DELIVER), (5, &U_QUERY)]);

/// Names the first field that is missing.
pub(super) fn check(shape: &'static Shape, bytes: &[u8]) -> Result<(), WireError> {
    let (mut rest, mut seen) = (Fields(bytes), 0_u32);
    while let Some((field, body)) = rest.next(shape)? {
        seen |= 1_u32.checked_shl(field).unwrap_or(0);
        let part = shape.parts.iter().find(|(number, _)| *number == field);
        if let (Some((_, part)), Some(body)) = (part, body) {
            check(part, body)?;
        }
    }
    match shape.required.iter().find(|(field, _)| seen & (1 << field) == 0) {
        Some((_, field)) => Err(WireError::Lacks { message: shape.name, field }),
        None => Ok(()),
    }
}

/// Its number, and its bytes where it has a length.
type Field<'a> = (u32, Option<&'a [u8]>);

/// What is left of a message.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self, shape: &Shape) -> Result<Option<Field<'a>>, WireError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let damaged = || WireError::NotA { expected: shape.name, reason: "cut short".to_owned() };
        let mut depth = 0_usize;
        loop {
            let key = self.varint().ok_or_else(damaged)?;
            let body = match key & 7 {
                0 => self.varint().map(|_| None),
                1 => self.take(8).map(|_| None),
                2 => self.varint().and_then(|length| self.take(length)).map(Some),
                5 => self.take(4).map(|_| None),
                // A group, which nobody requires: its fields are passed over with it.
                3 => Some(None).inspect(|_| depth += 1),
                4 => depth.checked_sub(1).map(|less| depth = less).map(|()| None),
                _ => None,
            };
            let body = body.ok_or_else(damaged)?;
            if depth == 0 {
                return Ok(Some((u32::try_from(key >> 3).unwrap_or(u32::MAX), body)));
            }
        }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for index in 0..10 {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, bytes: u64) -> Option<&'a [u8]> {
        let bytes = usize::try_from(bytes).ok().filter(|bytes| *bytes <= self.0.len())?;
        let (taken, rest) = self.0.split_at(bytes);
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::wire::{amazon, proto, ups};

    #[test]
    fn a_message_that_was_cut_between_two_fields_is_named() {
        let load = proto::amazon::APutOnTruck { whnum: 1, truckid: 2, shipid: 3, seqnum: 4 };
        let commands = proto::amazon::ACommands { load: vec![load], ..Default::default() };
        let mut bytes = commands.encode_to_vec();
        assert!(amazon::decode_commands(&bytes).is_ok());
        // Without the last field, and the length before the part as it is then.
        bytes.truncate(bytes.len() - 2);
        bytes[1] -= 2;
        let error = amazon::decode_commands(&bytes).unwrap_err();
        assert_eq!(error, WireError::Lacks { message: "APutOnTruck", field: "seqnum" });
        assert_eq!(error.to_string(), "APutOnTruck lacks its required field seqnum");
    }

    #[test]
    fn a_connect_says_which_side_it_is() {
        let error = ups::decode_connect(&[8, 1]).unwrap_err();
        assert_eq!(error, WireError::Lacks { message: "UConnect", field: "isAmazon" });
        assert!(ups::decode_connect(&[8, 1, 24, 0]).is_ok());
        assert!(amazon::decode_connect(&[]).is_err());
    }

    #[test]
    fn what_nobody_requires_is_passed_over() {
        // isAmazon, an unknown number, a group with a field 3 in it, eight bytes, four bytes.
        let rest = [0x98, 0x06, 0x01, 0xa3, 0x06, 24, 1, 0xa4, 0x06];
        let wide = [0xa9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xad, 0x06, 1, 2, 3, 4];
        let known = [24_u8, 1];
        let whole: Vec<u8> = known.iter().chain(&rest).chain(&wide).copied().collect();
        assert!(amazon::decode_connect(&whole).unwrap().is_amazon);
        assert!(amazon::decode_connect(&rest).is_err(), "a field within a group is another");
    }
}
