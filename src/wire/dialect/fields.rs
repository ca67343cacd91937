//! Reading fields leniently: ids as numbers or decimal strings, null as
//! missing; each refusal names the field and says what would be right.
//!
//! Which fields a message has is not known here.

use serde_json::{Map, Value};

use super::{Refusal, code};
use crate::basis::{PackageId, Point, Seq, TruckId, WarehouseId};

/// Characters of a text at most; an address of e-mail has at most 320.
const TEXT_CHARS_MAX: usize = 512;

/// The fields of one JSON object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value, what: &str) -> Result<Self, Refusal> {
        value.as_object().map(Self).ok_or_else(|| malformed(format!("{what} is not a JSON object")))
    }

    /// Whether these are the fields of an envelope, and not of a flat message.
    pub(super) fn are_of_an_envelope(self) -> bool {
        self.optional("message_type").is_some() && self.optional("payload").is_some()
    }

    /// The field, unless it is missing or null.
    pub(super) fn optional(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn required(self, name: &str) -> Result<&'a Value, Refusal> {
        self.optional(name)
            .ok_or_else(|| Refusal::new(code::MISSING_FIELD, format!("field {name} is missing")))
    }

    pub(super) fn object(self, name: &str) -> Result<Self, Refusal> {
        Self::of(self.required(name)?, &format!("field {name}"))
    }

    pub(super) fn int(self, name: &str) -> Result<i64, Refusal> {
        int(name, self.required(name)?)
    }

    pub(super) fn int32(self, name: &str) -> Result<i32, Refusal> {
        let wide = self.int(name)?;
        i32::try_from(wide).map_err(|_| {
            let (min, max) = (i32::MIN, i32::MAX);
            malformed(format!("field {name} is {wide}, but must be between {min} and {max}"))
        })
    }

    pub(super) fn text(self, name: &str) -> Result<String, Refusal> {
        text(name, self.required(name)?)
    }

    pub(super) fn optional_text(self, name: &str) -> Result<Option<String>, Refusal> {
        self.optional(name).map(|value| text(name, value)).transpose()
    }

    pub(super) fn shipment(self) -> Result<PackageId, Refusal> {
        self.int("shipment_id").map(PackageId)
    }

    pub(super) fn optional_shipment(self) -> Result<Option<PackageId>, Refusal> {
        self.optional("shipment_id").map(|_| self.shipment()).transpose()
    }

    pub(super) fn warehouse(self) -> Result<WarehouseId, Refusal> {
        self.int32("warehouse_id").map(WarehouseId)
    }

    pub(super) fn truck(self) -> Result<TruckId, Refusal> {
        self.int32("truck_id").map(TruckId)
    }

    pub(super) fn destination(self) -> Result<Point, Refusal> {
        Ok(Point::new(self.int32("destination_x")?, self.int32("destination_y")?))
    }

    pub(super) fn quantity(self) -> Result<u32, Refusal> {
        let wide = self.int("quantity")?;
        u32::try_from(wide).map_err(|_| malformed("field quantity is out of range"))
    }

    /// Both coordinates or none.
    pub(super) fn optional_destination(self) -> Result<Option<Point>, Refusal> {
        let is_given = |name| self.optional(name).is_some();
        let is_any = is_given("destination_x") || is_given("destination_y");
        is_any.then(|| self.destination()).transpose()
    }

    /// The sender's number for the message, under either of its names.
    pub(super) fn seq(self) -> Result<Option<Seq>, Refusal> {
        for name in ["sequence_number", "seqnum"] {
            if let Some(value) = self.optional(name) {
                return int(name, value).map(|seq| Some(Seq(seq)));
            }
        }
        Ok(None)
    }

    pub(super) fn sender(self) -> Result<Option<String>, Refusal> {
        self.optional_text("sender")
    }

    /// Acks in an answer; what is no number is nobody's ack.
    pub(super) fn acks(self) -> Vec<Seq> {
        let listed = self.optional("acks").and_then(Value::as_array);
        listed.into_iter().flatten().filter_map(|ack| int("acks", ack).ok()).map(Seq).collect()
    }
}

pub(super) fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::new(code::MALFORMED, message)
}

fn int(name: &str, value: &Value) -> Result<i64, Refusal> {
    let parsed = match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(digits) => digits.trim().parse().ok(),
        _ => None,
    };
    parsed.ok_or_else(|| {
        let shown = shorten(&value.to_string());
        malformed(format!("field {name} is {shown}, but must be a whole number of at most 64 bits"))
    })
}

/// `3.0` is 3, as some languages write it, as long as no digit can be lost.
fn whole(number: f64) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let is_whole = number.fract() == 0.0 && number.abs() < EXACT_MAX;
    is_whole.then_some(number as i64)
}

fn text(name: &str, value: &Value) -> Result<String, Refusal> {
    let text = match value {
        Value::String(text) => text.clone(),
        // Account ids travel as numbers in some dialects.
        Value::Number(number) => number.to_string(),
        _ => return Err(malformed(format!("field {name} must be a text"))),
    };
    if text.chars().count() > TEXT_CHARS_MAX {
        let message = format!("field {name} is longer than {TEXT_CHARS_MAX} characters");
        return Err(malformed(message));
    }
    // PostgreSQL has no text with a zero in it.
    if text.contains('\0') {
        return Err(malformed(format!("field {name} contains a zero character")));
    }
    Ok(text)
}

fn shorten(shown: &str) -> String {
    let mut short: String = shown.chars().take(40).collect();
    if short.len() < shown.len() {
        short.push('…');
    }
    short
}
