//! The ways in which a store and a carrier misbehave on demand, whichever of the two it is.
//!
//! Which checks find each is told beside the two lists, in `sabotaged`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::saboteur::{Back, Call, Deed, Mischief, Way};

pub type Make = fn() -> Mischief;

fn is_in(call: &Call) -> bool {
    call.way == Way::In && !call.path.starts_with("/api/v1/")
}

fn is_flat(call: &Call) -> bool {
    let path = call.path.as_str();
    path == "/set_worldid" || path.starts_with("/api/ups/") || path == "/api/world/event"
}

fn envelope(kind: &str, payload: &Value) -> Value {
    json!({ "message_type": kind, "timestamp": "2026-01-02T03:04:05", "payload": payload })
}

fn good(call: &Call) -> Value {
    let acks = call.body.get("seqnum").or(call.body.get("sequence_number"));
    let acks: Vec<&Value> = acks.into_iter().collect();
    if is_flat(call) {
        return json!({ "success": true, "message": "", "acks": acks });
    }
    let payload = json!({ "status": "success", "code": 200, "message": "", "acks": acks });
    envelope("Acknowledgement", &payload)
}

fn refusal(call: &Call) -> Value {
    if is_flat(call) {
        return json!({ "success": false, "message": "no", "code": 1000, "acks": [] });
    }
    envelope("Error", &json!({ "status": "fail", "code": 1000, "message": "no" }))
}

fn is_refused(back: &Back) -> bool {
    back.status >= 400 && back.status != 401 || back.body["success"] == false
}

/// The message's fields, in an envelope or not.
fn fields(body: &mut Value) -> &mut Value {
    if body.get("payload").is_some_and(Value::is_object) { &mut body["payload"] } else { body }
}

fn field<'a>(body: &'a Value, name: &str) -> &'a Value {
    if body["payload"].is_object() { &body["payload"][name] } else { &body[name] }
}

/// Whatever is refused seems done.
pub fn takes_everything() -> Mischief {
    Mischief::after(|call, back| {
        if is_in(call) && is_refused(back) {
            *back = Back { status: 200, body: good(call) };
        }
    })
}

/// Whatever is done seems refused.
pub fn refuses_everything() -> Mischief {
    Mischief::after(|call, back| {
        if is_in(call) && back.status == 200 {
            *back = Back { status: 400, body: refusal(call) };
        }
    })
}

/// A refusal is a failure.
pub fn fails() -> Mischief {
    Mischief::after(|call, back| {
        if is_in(call) && (400..500).contains(&back.status) {
            *back = Back { status: 500, body: Value::Null };
        }
    })
}

/// A refusal has no form.
pub fn mumbles() -> Mischief {
    Mischief::after(|call, back| {
        if is_in(call) && is_refused(back) {
            back.body = json!({ "error": "no" });
        }
    })
}

fn acks(of: &mut Value, change: fn(&mut Vec<Value>)) {
    match of {
        Value::Array(answers) => answers.iter_mut().for_each(|answer| acks(answer, change)),
        _ => {
            let fields = fields(of);
            if fields.is_object() {
                let mut acks = fields["acks"].as_array().cloned().unwrap_or_default();
                change(&mut acks);
                fields["acks"] = json!(acks);
            }
        }
    }
}

pub fn acks_nothing() -> Mischief {
    Mischief::after(|call, back| {
        if is_in(call) {
            acks(&mut back.body, Vec::clear);
        }
    })
}

pub fn acks_anything() -> Mischief {
    Mischief::after(|call, back| {
        if is_in(call) {
            acks(&mut back.body, |acks| acks.push(json!(1)));
        }
    })
}

pub fn answers_batches_backwards() -> Mischief {
    Mischief::after(|call, back| {
        if is_in(call)
            && let Some(answers) = back.body.as_array_mut()
        {
            answers.reverse();
        }
    })
}

pub fn knows_no_batches() -> Mischief {
    Mischief::before(|call| {
        let is_batch = is_in(call) && call.path.ends_with("/messages");
        if is_batch { Deed::Answer(404, Value::Null) } else { Deed::Pass }
    })
}

/// Ids and numbers are numbers, and nothing else.
pub fn reads_no_text() -> Mischief {
    Mischief::before(|call| {
        let names = ["shipment_id", "worldid", "sequence_number", "truck_id", "warehouse_id"];
        let is_text =
            |name: &&str| field(&call.body, name).is_string() || call.body[*name].is_string();
        let is_meant = is_in(call) && names.iter().any(is_text);
        if is_meant { Deed::Answer(400, refusal(call)) } else { Deed::Pass }
    })
}

pub fn believes_everybody() -> Mischief {
    Mischief { signs: true, ..Mischief::none() }
}

pub fn believes_nobody() -> Mischief {
    Mischief::before(|call| if is_in(call) { Deed::Answer(401, Value::Null) } else { Deed::Pass })
}

/// Reads the first signature only.
pub fn knows_one_secret() -> Mischief {
    Mischief::before(|call| {
        let signatures = call.headers.get("webhook-signature");
        let is_several = signatures.is_some_and(|it| it.to_str().unwrap().contains(' '));
        if is_in(call) && is_several { Deed::Answer(401, Value::Null) } else { Deed::Pass }
    })
}

/// The party seems to post nothing, and hears that it was taken.
pub fn says_nothing() -> Mischief {
    Mischief::before(
        |call| {
            if call.way == Way::Out { Deed::Answer(200, good(call)) } else { Deed::Pass }
        },
    )
}

pub fn says_everything_twice() -> Mischief {
    Mischief::before(|call| if call.way == Way::Out { Deed::Twice } else { Deed::Pass })
}

/// What was not answered is not said again.
pub fn says_nothing_again() -> Mischief {
    let mut said = BTreeSet::new();
    Mischief::before(move |call| {
        let it = (call.path.clone(), call.body["sender"].to_string(), number(&call.body));
        let is_again = call.way == Way::Out && it.2.is_some() && !said.insert(it);
        if is_again { Deed::Answer(200, good(call)) } else { Deed::Pass }
    })
}

fn number(body: &Value) -> Option<i64> {
    ["sequence_number", "seqnum"].iter().find_map(|name| body[*name].as_i64())
}

/// Each message has a new number, each time.
pub fn numbers_at_random() -> Mischief {
    let mut next = 1_000_000;
    Mischief::before(move |call| {
        if call.way == Way::Out && number(&call.body).is_some() {
            next += 1;
            call.body["sequence_number"] = json!(next);
            call.headers.insert("webhook-id", format!("post-{next}").parse().unwrap());
        }
        Deed::Pass
    })
}

pub fn numbers_everything_one() -> Mischief {
    Mischief::before(|call| {
        if call.way == Way::Out && number(&call.body).is_some() {
            call.body["sequence_number"] = json!(1);
        }
        Deed::Pass
    })
}

pub fn says_numbers_as_text() -> Mischief {
    Mischief::before(|call| {
        if call.way == Way::Out && call.body.is_object() {
            for name in ["shipment_id", "truck_id", "warehouse_id", "worldid"] {
                let fields = fields(&mut call.body);
                if let Some(number) = fields.get(name).and_then(Value::as_i64) {
                    fields[name] = json!(number.to_string());
                }
            }
        }
        Deed::Pass
    })
}

pub fn has_no_clock() -> Mischief {
    Mischief::before(|call| {
        if call.way == Way::Out
            && let Some(whole) = call.body.as_object_mut()
        {
            whole.remove("timestamp");
        }
        Deed::Pass
    })
}

/// The party says that a place is another than it is.
pub fn moves_places() -> Mischief {
    Mischief::before(|call| {
        let is_meant = ["AddressChange", "ShipmentDelivered"]
            .iter()
            .any(|kind| call.body["message_type"] == *kind);
        if call.way == Way::Out && is_meant {
            call.body["payload"]["destination_x"] = json!(31_337);
        }
        Deed::Pass
    })
}

/// A message that the party takes and does not heed.
fn deaf_to(kinds: &'static [&'static str]) -> Mischief {
    Mischief::before(move |call| {
        let kind = call.body["message_type"].as_str();
        let is_meant = kinds.iter().any(|it| kind == Some(it) || call.path.ends_with(it));
        if is_in(call) && is_meant { Deed::Answer(200, good(call)) } else { Deed::Pass }
    })
}

pub fn deaf_to_arrivals() -> Mischief {
    deaf_to(&["TruckArrived", "/truck-arrived", "/api/webhooks/messages"])
}

pub fn deaf_to_loading() -> Mischief {
    deaf_to(&["ShipmentLoaded"])
}

/// A store that says that things are loaded before any truck is there, and after they are gone.
pub fn loads_at_random() -> Mischief {
    Mischief::before(|call| {
        let kind = call.body["message_type"].as_str().unwrap_or_default();
        let loaded = |id: &Value| envelope("ShipmentLoaded", &json!({ "shipment_id": id }));
        let shipment = field(&call.body, "shipment_id").clone();
        match (call.way, kind) {
            (Way::Out, "ShipmentCreated") | (Way::In, "TruckDispatched") => {
                Deed::AndThen(Way::Out, "/api/shipment_loaded", loaded(&shipment))
            }
            _ => Deed::Pass,
        }
    })
}

/// What the store's buyers read never changes.
pub fn shows_nothing() -> Mischief {
    Mischief::after(|call, back| {
        let is_order = call.path.starts_with("/api/v1/orders/");
        if is_order && let Some(package) = back.body.pointer_mut("/packages/0") {
            package["status"] = json!("packing");
            for name in ["truck_id", "tracking_number", "redirect_refusal"] {
                package[name] = Value::Null;
            }
        }
    })
}

/// What is inside, and how it goes, is told in part.
pub fn tells_the_half() -> Mischief {
    Mischief::after(|call, back| {
        let drop = |answer: &mut Value| {
            let names = ["items", "truck_id", "actual_delivery", "tracking_number"];
            if let Some(payload) = answer["payload"].as_object_mut() {
                names.iter().for_each(|name| drop(payload.remove(*name)));
            }
        };
        match &mut back.body {
            Value::Array(answers) if is_in(call) => answers.iter_mut().for_each(drop),
            body if is_in(call) => drop(body),
            _ => {}
        }
    })
}

/// Each shipment has always the status that it had first.
pub fn tells_old_statuses() -> Mischief {
    let mut first = BTreeMap::new();
    Mischief::after(move |call, back| {
        if is_in(call) && back.body["message_type"] == "ShipmentStatusResponse" {
            let id = field(&call.body, "shipment_id").to_string();
            let payload = back.body["payload"].clone();
            back.body["payload"] = first.entry(id).or_insert(payload).clone();
        }
    })
}

/// Every shipment has another tracking number each time.
pub fn tracks_at_random() -> Mischief {
    let mut next = 0;
    Mischief::after(move |call, back| {
        let change = |answer: &mut Value| {
            next += 1;
            if answer["payload"]["tracking_number"].is_string() {
                answer["payload"]["tracking_number"] = json!(format!("X{next}"));
            }
        };
        if is_in(call) && back.body.is_object() {
            [&mut back.body].into_iter().for_each(change);
        }
    })
}

/// Every change of address is refused by words, and made.
pub fn changes_in_secret() -> Mischief {
    Mischief::after(|call, back| {
        if is_in(call) && call.body["message_type"] == "AddressChange" {
            let done = back.status == 200;
            *back = Back {
                status: if done { 400 } else { 200 },
                body: if done { refusal(call) } else { good(call) },
            };
        }
    })
}

/// A change of address that comes again is made again.
pub fn forgets_changes() -> Mischief {
    Mischief::before(|call| {
        if is_in(call) && call.body["message_type"] == "AddressChange" {
            let whole = call.body.as_object_mut().unwrap();
            whole.remove("sequence_number");
            whole.remove("sender");
        }
        Deed::Pass
    })
}

/// Whoever the sender is, it is the same.
pub fn knows_one_sender() -> Mischief {
    Mischief::before(|call| {
        if is_in(call) && call.body.get("sender").is_some() {
            call.body["sender"] = json!("somebody");
        }
        Deed::Pass
    })
}

pub fn unsigned_out() -> Mischief {
    Mischief::before(|call| {
        if call.way == Way::Out {
            call.headers.remove("webhook-signature");
        }
        Deed::Pass
    })
}

/// Refuses what it need not understand.
pub fn pedantic() -> Mischief {
    Mischief::before(|call| {
        let has_zone = call.body["timestamp"].as_str().is_some_and(|it| it.len() != 19);
        let is_odd = call.body.get("trace_id").is_some() || has_zone;
        let is_odd =
            is_odd || call.path.ends_with('/') || is_flat(call) && call.body["payload"].is_object();
        if is_in(call) && is_odd { Deed::Answer(400, refusal(call)) } else { Deed::Pass }
    })
}
