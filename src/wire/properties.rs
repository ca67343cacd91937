//! Properties of the codecs: what is written is what is read, however the
//! bytes are cut on the way, and no bytes whatever do harm.

use bytes::{Bytes, BytesMut};
use proptest::{collection::vec, option, prelude::*};
use prost::Message as _;
use tokio_util::codec::Decoder as _;

use super::{
    Commands, Connect, Connected, Numbered, Responses, amazon,
    dialect::{self, Envelope, ShipmentStatus, ToCarrier, ToStore},
    framing::{Delimited, delimited},
    proto::amazon::AConnected,
    ups,
};
use crate::basis::{PackageId, Point, ProductId, Seq, TruckId, WarehouseId, WorldId};

const NOW: &str = "2026-01-02T03:04:05Z";

fn point() -> impl Strategy<Value = Point> {
    any::<(i32, i32)>().prop_map(|(x, y)| Point::new(x, y))
}

fn text() -> impl Strategy<Value = String> {
    ".{0,12}"
}

fn numbered<T: std::fmt::Debug>(
    body: impl Strategy<Value = T>,
) -> impl Strategy<Value = Numbered<T>> {
    (any::<i64>(), body).prop_map(|(seq, body)| Numbered::new(Seq(seq), body))
}

fn acks() -> impl Strategy<Value = Vec<Seq>> {
    vec(any::<i64>().prop_map(Seq), 0..5)
}

/// In the protocol's order of kinds, and in ours within a kind.
fn by_kind<T>(mut all: Vec<Numbered<T>>, rank: impl Fn(&T) -> u8) -> Vec<Numbered<T>> {
    all.sort_by_key(|numbered| rank(&numbered.body));
    all
}

fn commands<C: std::fmt::Debug>(
    command: impl Strategy<Value = C>,
    rank: impl Fn(&C) -> u8,
) -> impl Strategy<Value = Commands<C>> {
    let parts = (vec(numbered(command), 0..8), acks(), option::of(any::<u32>()), any::<bool>());
    parts.prop_map(move |(commands, acks, simspeed, disconnect)| Commands {
        commands: by_kind(commands, &rank),
        acks,
        simspeed,
        disconnect,
    })
}

fn responses<E: std::fmt::Debug>(
    event: impl Strategy<Value = E>,
    rank: impl Fn(&E) -> u8,
) -> impl Strategy<Value = Responses<E>> {
    let parts = (vec(numbered(event), 0..8), acks(), any::<bool>());
    parts.prop_map(move |(events, acks, finished)| Responses {
        events: by_kind(events, &rank),
        acks,
        finished,
    })
}

fn connect<T: std::fmt::Debug + From<i32>>() -> impl Strategy<Value = Connect<T>> {
    let initial = vec((any::<i32>().prop_map(T::from), point()), 0..5);
    (option::of(any::<i64>()), initial, any::<bool>()).prop_map(|(world, initial, is_amazon)| {
        Connect { world: world.map(WorldId), initial, is_amazon }
    })
}

fn things() -> impl Strategy<Value = Vec<amazon::Thing>> {
    let thing = (any::<i64>(), text(), any::<i32>()).prop_map(|(product, description, count)| {
        amazon::Thing { product: ProductId(product), description, count }
    });
    vec(thing, 0..4)
}

fn amazon_command() -> impl Strategy<Value = amazon::Command> {
    use amazon::Command;
    let warehouse = || any::<i32>().prop_map(WarehouseId);
    let package = || any::<i64>().prop_map(PackageId);
    prop_oneof![
        (warehouse(), things()).prop_map(|(warehouse, things)| Command::Buy { warehouse, things }),
        (warehouse(), things(), package()).prop_map(|(warehouse, things, package)| {
            Command::Pack { warehouse, things, package }
        }),
        (warehouse(), any::<i32>(), package()).prop_map(|(warehouse, truck, package)| {
            Command::Load { warehouse, truck: TruckId(truck), package }
        }),
        package().prop_map(|package| Command::Query { package }),
    ]
}

fn rank_of_amazon_command(command: &amazon::Command) -> u8 {
    match command {
        amazon::Command::Buy { .. } => 0,
        amazon::Command::Pack { .. } => 1,
        amazon::Command::Load { .. } => 2,
        amazon::Command::Query { .. } => 3,
    }
}

fn amazon_event() -> impl Strategy<Value = amazon::Event> {
    use amazon::Event;
    let package = || any::<i64>().prop_map(PackageId);
    prop_oneof![
        (any::<i32>(), things()).prop_map(|(warehouse, things)| {
            Event::Arrived { warehouse: WarehouseId(warehouse), things }
        }),
        package().prop_map(|package| Event::Ready { package }),
        package().prop_map(|package| Event::Loaded { package }),
        (text(), any::<i64>())
            .prop_map(|(text, origin)| Event::Failed { text, origin: Seq(origin) }),
        (package(), text()).prop_map(|(package, status)| Event::Status { package, status }),
    ]
}

fn rank_of_amazon_event(event: &amazon::Event) -> u8 {
    match event {
        amazon::Event::Arrived { .. } => 0,
        amazon::Event::Ready { .. } => 1,
        amazon::Event::Loaded { .. } => 2,
        amazon::Event::Failed { .. } => 3,
        amazon::Event::Status { .. } => 4,
    }
}

fn ups_command() -> impl Strategy<Value = ups::Command> {
    use ups::Command;
    let truck = || any::<i32>().prop_map(TruckId);
    let place = (any::<i64>().prop_map(PackageId), point());
    prop_oneof![
        (truck(), any::<i32>()).prop_map(|(truck, warehouse)| Command::Pickup {
            truck,
            warehouse: WarehouseId(warehouse)
        }),
        (truck(), vec(place, 0..4))
            .prop_map(|(truck, packages)| Command::Deliver { truck, packages }),
        truck().prop_map(|truck| Command::Query { truck }),
    ]
}

fn rank_of_ups_command(command: &ups::Command) -> u8 {
    match command {
        ups::Command::Pickup { .. } => 0,
        ups::Command::Deliver { .. } => 1,
        ups::Command::Query { .. } => 2,
    }
}

fn ups_event() -> impl Strategy<Value = ups::Event> {
    use ups::Event;
    let truck = || any::<i32>().prop_map(TruckId);
    prop_oneof![
        (truck(), any::<i64>())
            .prop_map(|(truck, package)| Event::Delivered { truck, package: PackageId(package) }),
        (truck(), point(), text()).prop_map(|(truck, at, status)| Event::Finished {
            truck,
            at,
            status
        }),
        (truck(), text(), point()).prop_map(|(truck, status, at)| Event::Truck {
            truck,
            status,
            at
        }),
        (text(), any::<i64>())
            .prop_map(|(text, origin)| Event::Failed { text, origin: Seq(origin) }),
    ]
}

fn rank_of_ups_event(event: &ups::Event) -> u8 {
    match event {
        ups::Event::Delivered { .. } => 0,
        ups::Event::Finished { .. } => 1,
        ups::Event::Truck { .. } => 2,
        ups::Event::Failed { .. } => 3,
    }
}

fn envelope<M: std::fmt::Debug>(
    message: impl Strategy<Value = M>,
) -> impl Strategy<Value = Envelope<M>> {
    let sender = option::of("[a-z]{1,8}-[0-9a-f]{4}");
    (option::of(any::<i64>().prop_map(Seq)), sender, message)
        .prop_map(|(seq, sender, message)| Envelope { seq, sender, message })
}

fn to_carrier() -> impl Strategy<Value = ToCarrier> {
    let shipment = || any::<i64>().prop_map(PackageId);
    let created = (
        shipment(),
        any::<i32>(),
        point(),
        any::<i64>(),
        "[!-~é]{1,12}",
        option::of("[a-z0-9]{1,9}"),
    );
    prop_oneof![
        created.prop_map(|(shipment, warehouse, destination, user, email, ups_account)| {
            let warehouse = WarehouseId(warehouse);
            ToCarrier::ShipmentCreated {
                shipment,
                warehouse,
                destination,
                user,
                email,
                ups_account,
            }
        }),
        shipment().prop_map(|shipment| ToCarrier::ShipmentLoaded { shipment }),
        shipment().prop_map(|shipment| ToCarrier::ShipmentStatusRequest { shipment }),
        (shipment(), point())
            .prop_map(|(shipment, destination)| ToCarrier::AddressChange { shipment, destination }),
    ]
}

/// What an envelope carries; the world's id travels flat and alone.
fn to_store() -> impl Strategy<Value = ToStore> {
    let shipment = || any::<i64>().prop_map(PackageId);
    let truck = || any::<i32>().prop_map(TruckId);
    let status = prop_oneof![Just(ShipmentStatus::Delivering), Just(ShipmentStatus::Delivered)];
    prop_oneof![
        (truck(), shipment())
            .prop_map(|(truck, shipment)| ToStore::TruckDispatched { truck, shipment }),
        (truck(), any::<i32>(), shipment()).prop_map(|(truck, warehouse, shipment)| {
            let warehouse = WarehouseId(warehouse);
            ToStore::TruckArrived { truck, warehouse, shipment: Some(shipment) }
        }),
        (shipment(), any::<Option<(i32, i32)>>()).prop_map(|(shipment, place)| {
            let destination = place.map(|(x, y)| Point::new(x, y));
            ToStore::ShipmentDelivered { shipment, destination }
        }),
        (shipment(), "[A-Z0-9]{1,16}").prop_map(|(shipment, tracking_number)| {
            ToStore::Tracking { shipment, tracking_number }
        }),
        (shipment(), status)
            .prop_map(|(shipment, status)| ToStore::StatusUpdate { shipment, status }),
    ]
}

proptest! {
    #[test]
    fn frames_do_not_depend_on_how_their_bytes_are_cut(
        bodies in vec(0_usize..400, 0..12),
        cuts in vec(1_usize..50, 1..40),
    ) {
        let messages: Vec<AConnected> = bodies
            .iter()
            .map(|length| AConnected { worldid: *length as i64, result: "x".repeat(*length) })
            .collect();
        let sent: Vec<u8> = messages.iter().flat_map(|message| delimited(message).to_vec()).collect();
        let (mut codec, mut buffer, mut frames) = (Delimited::default(), BytesMut::new(), Vec::new());
        let (mut rest, mut cuts) = (&sent[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(*cuts.next().unwrap()));
            buffer.extend_from_slice(now);
            rest = later;
            while let Some(frame) = codec.decode(&mut buffer).unwrap() {
                frames.push(frame);
            }
        }
        prop_assert!(buffer.is_empty());
        let received: Vec<_> =
            frames.into_iter().map(|frame: Bytes| AConnected::decode(frame).unwrap()).collect();
        prop_assert_eq!(received, messages);
    }

    #[test]
    fn a_store_s_messages_survive_the_wire(
        connect in connect::<WarehouseId>(),
        commands in commands(amazon_command(), rank_of_amazon_command),
        responses in responses(amazon_event(), rank_of_amazon_event),
    ) {
        let bytes = amazon::encode_connect(&connect).encode_to_vec();
        prop_assert_eq!(amazon::decode_connect(&bytes), Ok(connect));
        let bytes = amazon::encode_commands(&commands).encode_to_vec();
        prop_assert_eq!(amazon::decode_commands(&bytes), Ok(commands));
        let bytes = amazon::encode_responses(&responses).encode_to_vec();
        prop_assert_eq!(amazon::decode_responses(&bytes), Ok(responses));
    }

    #[test]
    fn a_carrier_s_messages_survive_the_wire(
        connect in connect::<TruckId>(),
        commands in commands(ups_command(), rank_of_ups_command),
        responses in responses(ups_event(), rank_of_ups_event),
    ) {
        let bytes = ups::encode_connect(&connect).encode_to_vec();
        prop_assert_eq!(ups::decode_connect(&bytes), Ok(connect));
        let bytes = ups::encode_commands(&commands).encode_to_vec();
        prop_assert_eq!(ups::decode_commands(&bytes), Ok(commands));
        let bytes = ups::encode_responses(&responses).encode_to_vec();
        prop_assert_eq!(ups::decode_responses(&bytes), Ok(responses));
    }

    #[test]
    fn an_answer_to_a_connect_survives_the_wire(world in any::<i64>(), result in text()) {
        let connected = Connected { world: WorldId(world), result };
        let bytes = amazon::encode_connected(&connected).encode_to_vec();
        prop_assert_eq!(amazon::decode_connected(&bytes), Ok(connected.clone()));
        let bytes = ups::encode_connected(&connected).encode_to_vec();
        prop_assert_eq!(ups::decode_connected(&bytes), Ok(connected));
    }

    #[test]
    fn the_dialect_survives_the_wire_alone_and_in_a_batch(
        to_carrier in vec(envelope(to_carrier()), 1..5),
        to_store in vec(envelope(to_store()), 1..5),
    ) {
        let values: Vec<_> =
            to_carrier.iter().map(|sent| dialect::to_carrier_value(sent, NOW)).collect();
        for (sent, value) in to_carrier.iter().zip(&values) {
            let read = dialect::parse_to_carrier(None, value.to_string().as_bytes());
            prop_assert_eq!(read.as_ref(), Ok(sent));
        }
        let batch = serde_json::to_vec(&values).unwrap();
        let read = dialect::parse_batch_to_carrier(&batch).unwrap();
        let sent: Vec<_> = to_carrier.into_iter().map(Ok).collect();
        prop_assert_eq!(read, sent);

        let values: Vec<_> =
            to_store.iter().map(|sent| dialect::to_store_value(sent, NOW)).collect();
        let batch = serde_json::to_vec(&values).unwrap();
        let read = dialect::parse_batch_to_store(&batch).unwrap();
        let sent: Vec<_> = to_store.into_iter().map(Ok).collect();
        prop_assert_eq!(read, sent);
    }

    #[test]
    fn no_bytes_do_harm(bytes in vec(any::<u8>(), 0..200)) {
        let mut buffer = BytesMut::from(&bytes[..]);
        while let Ok(Some(_)) = Delimited::new(64).decode(&mut buffer) {}
        let _ = amazon::decode_commands(&bytes);
        let _ = amazon::decode_responses(&bytes);
        let _ = ups::decode_commands(&bytes);
        let _ = ups::decode_responses(&bytes);
        let _ = dialect::parse_to_carrier(None, &bytes);
        let _ = dialect::parse_batch_to_store(&bytes);
        let _ = dialect::parse_answer(200, &bytes);
    }
}
