//! What the dialect takes, refuses and says; not what a message does.

use serde_json::{Value, json};

use super::*;

const NOW: &str = "2026-01-02T03:04:05Z";

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

fn created() -> Envelope<ToCarrier> {
    let message = ToCarrier::ShipmentCreated {
        shipment: PackageId(5),
        warehouse: WarehouseId(2),
        destination: Point::new(-3, 9),
        user: 77,
        email: "ann@example.org".to_owned(),
        ups_account: Some("ann".to_owned()),
    };
    Envelope { seq: Some(Seq(12)), sender: Some("store-1".to_owned()), message }
}

fn to_carrier_examples() -> Vec<Envelope<ToCarrier>> {
    let shipment = PackageId(5);
    vec![
        created(),
        Envelope::unnumbered(ToCarrier::ShipmentLoaded { shipment }),
        Envelope::unnumbered(ToCarrier::ShipmentStatusRequest { shipment }),
        Envelope::unnumbered(ToCarrier::AddressChange {
            shipment,
            destination: Point::new(i32::MIN, i32::MAX),
        }),
    ]
}

fn to_store_examples() -> Vec<Envelope<ToStore>> {
    let (truck, warehouse, shipment) = (TruckId(1), WarehouseId(2), PackageId(5));
    let tracking_number = "WB00000057".to_owned();
    let messages = [
        ToStore::SetWorld { world: WorldId(3) },
        ToStore::TruckDispatched { truck, shipment },
        ToStore::TruckArrived { truck, warehouse, shipment: Some(shipment) },
        ToStore::ShipmentDelivered { shipment, destination: None },
        ToStore::ShipmentDelivered { shipment, destination: Some(Point::new(-3, 9)) },
        ToStore::Tracking { shipment, tracking_number },
        ToStore::StatusUpdate { shipment, status: ShipmentStatus::Delivering },
        ToStore::StatusUpdate { shipment, status: ShipmentStatus::Delivered },
        ToStore::DetailRequest { shipment },
        ToStore::WorldEvent(WorldEvent::ProductArrived {
            warehouse,
            product: ProductId(3),
            quantity: 9,
        }),
        ToStore::WorldEvent(WorldEvent::PackageReady { shipment }),
        ToStore::WorldEvent(WorldEvent::PackageLoaded { shipment, truck: Some(truck) }),
        ToStore::WorldEvent(WorldEvent::PackageLoaded { shipment, truck: None }),
    ];
    let number = |(index, message)| Envelope {
        seq: Some(Seq(index as i64 + 1)),
        sender: Some("carrier-1".to_owned()),
        message,
    };
    messages.into_iter().enumerate().map(number).collect()
}

#[test]
fn every_message_survives_the_way_alone() {
    for envelope in to_carrier_examples() {
        let (path, body) = single_post_to_carrier(&envelope, NOW);
        let kind = match path {
            "/shipment" => EnvelopeKind::ShipmentCreated,
            "/shipment_loaded" => EnvelopeKind::ShipmentLoaded,
            "/shipment_status" => EnvelopeKind::ShipmentStatusRequest,
            _ => EnvelopeKind::AddressChange,
        };
        assert_eq!(parse_to_carrier(Some(kind), &bytes(&body)), Ok(envelope.clone()));
        assert_eq!(parse_to_carrier(None, &bytes(&body)), Ok(envelope));
    }
    for envelope in to_store_examples() {
        let (path, body) = single_post_to_store(&envelope, NOW);
        let parsed = match path {
            "/set_worldid" => parse_flat(FlatKind::SetWorld, &bytes(&body)),
            "/api/ups/tracking" => parse_flat(FlatKind::Tracking, &bytes(&body)),
            "/api/ups/status-update" => parse_flat(FlatKind::StatusUpdate, &bytes(&body)),
            "/api/world/event" => parse_flat(FlatKind::WorldEvent, &bytes(&body)),
            _ => parse_to_store(None, &bytes(&body)),
        };
        assert_eq!(parsed, Ok(envelope), "{path}");
    }
}

#[test]
fn every_message_survives_the_way_in_a_batch() {
    let sent = to_carrier_examples();
    let body: Value = sent.iter().map(|envelope| to_carrier_value(envelope, NOW)).collect();
    let parsed: Vec<_> = parse_batch_to_carrier(&bytes(&body)).unwrap();
    assert_eq!(parsed, sent.into_iter().map(Ok).collect::<Vec<_>>());
    let sent = to_store_examples();
    let body: Value = sent.iter().map(|envelope| to_store_value(envelope, NOW)).collect();
    let parsed: Vec<_> = parse_batch_to_store(&bytes(&body)).unwrap();
    assert_eq!(parsed, sent.into_iter().map(Ok).collect::<Vec<_>>());
}

#[test]
fn a_flat_arrival_names_no_shipment() {
    let body = json!({ "truck_id": "4", "warehouse_id": 2, "seqnum": "9" });
    let parsed = parse_flat(FlatKind::TruckArrived, &bytes(&body)).unwrap();
    let (truck, warehouse) = (TruckId(4), WarehouseId(2));
    assert_eq!(parsed.message, ToStore::TruckArrived { truck, warehouse, shipment: None });
    assert_eq!(parsed.seq, Some(Seq(9)));
    assert_eq!(single_post_to_store(&parsed, NOW).0, "/api/ups/truck-arrived");
    let body = json!({ "shipment_id": 4 });
    let parsed = parse_flat(FlatKind::PackageDelivered, &bytes(&body)).unwrap();
    assert_eq!(
        parsed.message,
        ToStore::ShipmentDelivered { shipment: PackageId(4), destination: None }
    );
}

#[test]
fn an_envelope_is_taken_where_a_flat_message_is_due() {
    let payload = json!({ "truck_id": 4, "warehouse_id": "2", "shipment_id": 5 });
    let body = json!({ "message_type": "TruckArrived", "timestamp": NOW, "payload": payload });
    let parsed = parse_flat(FlatKind::TruckArrived, &bytes(&body)).unwrap();
    let (truck, warehouse) = (TruckId(4), WarehouseId(2));
    let shipment = Some(PackageId(5));
    assert_eq!(parsed.message, ToStore::TruckArrived { truck, warehouse, shipment });
    // Flat, it is for all that is packed, whatever else it says.
    let parsed = parse_flat(FlatKind::TruckArrived, &bytes(&payload)).unwrap();
    assert_eq!(parsed.message, ToStore::TruckArrived { truck, warehouse, shipment: None });
    let body = json!({ "message_type": "X", "payload": { "shipment_id": 5 }, "seqnum": 3 });
    let parsed = parse_flat(FlatKind::PackageDelivered, &bytes(&body)).unwrap();
    assert_eq!(parsed.seq, Some(Seq(3)));
}

#[test]
fn the_account_at_the_carrier_may_stand_beside_the_payload() {
    let mut body = to_carrier_value(&created(), NOW);
    let account = body["payload"].as_object_mut().unwrap().remove("ups_account").unwrap();
    body["ups_account"] = account;
    assert_eq!(parse_to_carrier(None, &bytes(&body)), Ok(created()));
}

#[test]
fn a_helper_of_the_worlds_is_understood() {
    let read = |kind: &str, data: Value| {
        let body = json!({ "event_type": kind, "event_data": data, "seqnum": 8 });
        parse_flat(FlatKind::WorldEvent, &bytes(&body))
    };
    let ready = read("package_ready", json!({ "shipment_id": "5" })).unwrap();
    assert_eq!(
        (ready.seq, single_post_to_store(&ready, NOW).0),
        (Some(Seq(8)), "/api/world/event")
    );
    assert!(read("package_loaded", json!({ "shipment_id": 5, "truck_id": 1 })).is_ok());
    let arrived = json!({ "warehouse_id": 2, "product_id": 3, "quantity": 4, "description": "" });
    assert!(read("product_arrived", arrived).is_ok());
    assert_eq!(read("package_ready", json!({})).unwrap_err().code, code::MISSING_FIELD);
    assert_eq!(read("package_lost", json!({})).unwrap_err().code, code::MALFORMED);
}

#[test]
fn a_carrier_that_wants_an_id_as_text_can_have_it() {
    let whole = to_carrier_value(&created(), NOW);
    let text = with_ids_as_text(whole.clone());
    assert_eq!(text["payload"]["shipment_id"], json!("5"));
    assert_eq!(parse_to_carrier(None, &bytes(&text)), parse_to_carrier(None, &bytes(&whole)));
}

#[test]
fn ids_may_be_decimal_strings_and_times_may_be_missing() {
    let body = json!({
        "message_type": "ShipmentCreated",
        "seqnum": "7",
        "payload": {
            "user_id": "77", "email": "ann@example.org", "shipment_id": "5", "warehouse_id": "2",
            "destination_x": "-3", "destination_y": 9.0, "ups_account": null,
        },
    });
    let parsed = parse_to_carrier(None, &bytes(&body)).unwrap();
    let mut expected = created();
    expected.seq = Some(Seq(7));
    expected.sender = None;
    if let ToCarrier::ShipmentCreated { ups_account, .. } = &mut expected.message {
        *ups_account = None;
    }
    assert_eq!(parsed, expected);
}

#[test]
fn a_missing_field_is_named() {
    let whole = to_carrier_value(&created(), NOW);
    for field in
        ["user_id", "email", "shipment_id", "warehouse_id", "destination_x", "destination_y"]
    {
        let mut body = whole.clone();
        body["payload"].as_object_mut().unwrap().remove(field);
        let refusal = parse_to_carrier(None, &bytes(&body)).unwrap_err();
        assert_eq!(refusal.code, code::MISSING_FIELD);
        assert!(refusal.message.contains(field), "{}", refusal.message);
    }
    for field in ["message_type", "payload"] {
        let mut body = whole.clone();
        body.as_object_mut().unwrap().remove(field);
        let refusal = parse_to_carrier(None, &bytes(&body)).unwrap_err();
        assert_eq!(refusal.code, code::MISSING_FIELD);
        assert!(refusal.message.contains(field), "{}", refusal.message);
    }
    let refusal = parse_flat(FlatKind::SetWorld, b"{}").unwrap_err();
    assert_eq!(refusal, Refusal::new(code::MISSING_FIELD, "field worldid is missing"));
}

#[test]
fn what_is_no_message_is_refused_as_malformed() {
    let deep = "[".repeat(100_000);
    let bodies: [&[u8]; 9] = [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        deep.as_bytes(),
        br#"{"message_type": "Unheard", "payload": {}}"#,
        br#"{"message_type": "TruckArrived", "payload": {"truck_id":1,"warehouse_id":1,"shipment_id":1}}"#,
        br#"{"message_type": "ShipmentLoaded", "payload": 5}"#,
    ];
    for body in bodies {
        let refusal = parse_to_carrier(None, body).unwrap_err();
        assert_eq!(refusal.code, code::MALFORMED, "{}", refusal.message);
    }
    let loaded = json!({ "message_type": "ShipmentLoaded", "payload": { "shipment_id": 5 } });
    let expected = Some(EnvelopeKind::ShipmentCreated);
    assert_eq!(parse_to_carrier(expected, &bytes(&loaded)).unwrap_err().code, code::MALFORMED);
}

#[test]
fn numbers_out_of_range_and_other_types_are_refused_by_field() {
    let cases = [
        ("destination_x", json!(2_147_483_648_i64)),
        ("destination_y", json!("-2147483649")),
        ("warehouse_id", json!(1e30)),
        ("shipment_id", json!(u64::MAX)),
        ("shipment_id", json!(1.5)),
        ("shipment_id", json!("five")),
        ("shipment_id", json!([1])),
        ("user_id", json!(true)),
        ("email", json!({})),
        ("email", json!("x".repeat(600))),
        ("email", json!("zero\0inside")),
    ];
    for (field, value) in cases {
        let mut body = to_carrier_value(&created(), NOW);
        body["payload"][field] = value;
        let refusal = parse_to_carrier(None, &bytes(&body)).unwrap_err();
        assert_eq!(refusal.code, code::MALFORMED);
        assert!(refusal.message.contains(field), "{}", refusal.message);
    }
}

#[test]
fn a_bad_message_in_a_batch_does_not_spoil_the_others() {
    let good = to_carrier_value(&created(), NOW);
    let body = json!([good, { "message_type": "ShipmentLoaded", "payload": {} }, 3, good]);
    let parsed = parse_batch_to_carrier(&bytes(&body)).unwrap();
    let good: Vec<bool> = parsed.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, false, false, true]);
    let many = Value::Array(vec![json!(1); ENVELOPES_MAX + 1]);
    assert_eq!(parse_batch_to_carrier(&bytes(&many)).unwrap_err().code, code::MALFORMED);
}

fn answers() -> Vec<Answer> {
    let tracking_number = Some("WB00000057".to_owned());
    let report = StatusReport {
        shipment: PackageId(5),
        tracking_number: "WB00000057".to_owned(),
        status: "delivering".to_owned(),
        truck: Some(TruckId(0)),
        truck_status: Some("delivering".to_owned()),
        estimated_delivery: None,
        actual_delivery: None,
    };
    let detail = DetailReport {
        shipment: PackageId(5),
        order: Some(OrderId(1)),
        warehouse: WarehouseId(2),
        destination: Point::new(1, -1),
        items: vec![(ProductId(3), "tea".to_owned(), 2)],
    };
    vec![
        Answer {
            outcome: Ok(Content::Acknowledged { message: "done".to_owned(), tracking_number }),
            acks: vec![Seq(4)],
        },
        Answer { outcome: Ok(Content::Status(report)), acks: vec![] },
        Answer { outcome: Ok(Content::Detail(detail)), acks: vec![Seq(6)] },
        Answer::refused(Some(Seq(7)), code::SHIPMENT_EXISTS, "it exists"),
        Answer::refused(None, code::INTERNAL, "later"),
    ]
}

#[test]
fn every_answer_survives_the_way() {
    for answer in answers() {
        let (status, body) = render_answer(&answer, NOW);
        assert_eq!(parse_answer(status, &bytes(&body)), Ok(answer));
    }
    let body = render_answers(&answers(), NOW);
    assert_eq!(parse_answers(200, &bytes(&body), 5), Ok(answers()));
    assert!(matches!(parse_answers(200, &bytes(&body), 4), Err(NoAnswer::Unintelligible { .. })));
}

#[test]
fn flat_answers_say_success_and_acks() {
    let (status, body) = render_flat_answer(&Answer::done(Some(Seq(9)), "noted"));
    assert_eq!(status, 200);
    assert_eq!(body, json!({ "success": true, "message": "noted", "acks": [9] }));
    assert_eq!(parse_answer(status, &bytes(&body)), Ok(Answer::done(Some(Seq(9)), "noted")));
    let refused = Answer::refused(None, code::MISSING_FIELD, "field truck_id is missing");
    let (status, body) = render_flat_answer(&refused);
    assert_eq!((status, &body["success"]), (400, &json!(false)));
    assert_eq!(parse_answer(status, &bytes(&body)), Ok(refused));
}

#[test]
fn a_refusal_has_the_dialects_form() {
    let (status, body) = render_answer(&Answer::refused(None, 2000, "no such shipment"), NOW);
    assert_eq!(status, 400);
    let payload = json!({ "status": "fail", "code": 2000, "message": "no such shipment" });
    assert_eq!(body, json!({ "message_type": "Error", "timestamp": NOW, "payload": payload }));
}

#[test]
fn a_strangers_refusal_is_read_whatever_it_calls_its_code() {
    let code_of = |status: u16, body: Value| {
        parse_answer(status, &bytes(&body)).unwrap().outcome.unwrap_err()
    };
    let of = |kind: &str, payload: Value| json!({ "message_type": kind, "payload": payload });
    let unknown = json!({ "error_code": 2000, "error_message": "Shipment 5 not found" });
    let refusal = code_of(500, of("fail", unknown));
    assert_eq!(refusal, Refusal::new(code::SHIPMENT_NOT_FOUND, "Shipment 5 not found"));
    let http = |code: u16| of("Error", json!({ "error_code": code, "error_message": "no" }));
    assert_eq!(code_of(404, http(404)).code, code::SHIPMENT_NOT_FOUND);
    assert_eq!(code_of(500, http(500)).code, code::INTERNAL);
    assert_eq!(code_of(400, http(400)).code, code::MALFORMED);
    assert_eq!(code_of(500, of("Error", json!({}))).code, code::INTERNAL);
    assert_eq!(code_of(400, of("Error", json!({}))).code, code::MALFORMED);
    assert_eq!(code_of(200, json!({ "success": false, "acks": [3] })).code, code::UNSAID);
    let exists = json!({ "status": "fail", "code": 1002, "message": "it exists" });
    assert_eq!(code_of(500, of("Error", exists)).code, code::SHIPMENT_EXISTS);
}

#[test]
fn a_stranger_may_answer_by_http_status_alone() {
    assert_eq!(parse_answer(200, b"OK").map(|answer| answer.outcome.is_ok()), Ok(true));
    assert_eq!(parse_answer(204, b"").map(|answer| answer.outcome.is_ok()), Ok(true));
    assert_eq!(parse_answer(400, b"<html>").map(|answer| answer.outcome.is_err()), Ok(true));
    assert_eq!(parse_answer(404, b""), Err(NoAnswer::NoSuchEntrance { status: 404 }));
    assert_eq!(parse_answer(503, b"{}"), Err(NoAnswer::Unavailable { status: 503 }));
    assert_eq!(parse_answers(405, b"", 1), Err(NoAnswer::NoSuchEntrance { status: 405 }));
    assert_eq!(parse_answers(500, b"[]", 0), Err(NoAnswer::Unavailable { status: 500 }));
}
