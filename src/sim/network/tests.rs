//! What the network does to messages, fault by fault; never what they say.

use std::time::Duration;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const LOSSY: LinkFaults = LinkFaults {
    loss: 0.3,
    duplication: 0.3,
    reordering: 0.3,
    delay_least: Duration::from_micros(100),
    delay_most: Duration::from_millis(20),
    straggle_most: SECOND,
};

fn network() -> Network {
    let mut network = Network::new(Dice::new(1, 1));
    Host::PARTIES.into_iter().for_each(|host| network.comes_up(host));
    network
}

/// Everything that arrives until then.
fn arrivals(network: &mut Network, until: SimTime) -> Vec<Arrival> {
    let mut all = Vec::new();
    while let Some(at) = network.next_moment().filter(|at| *at <= until) {
        all.extend(network.arrive(at));
    }
    all
}

fn frame(n: u8) -> Bytes {
    Bytes::copy_from_slice(&[n])
}

/// The store's connection number 7, open on both sides.
fn connected(network: &mut Network) -> SocketId {
    network.dial(SimTime::ZERO, Host::Store, 7);
    let arrived = arrivals(network, SimTime::ZERO + SECOND);
    let [Arrival::Opened { socket, from: Host::Store }, Arrival::DialSucceeded { .. }] =
        arrived.as_slice()
    else {
        panic!("{arrived:?}");
    };
    *socket
}

#[test]
fn on_a_good_link_frames_come_once_and_in_order() {
    let mut network = network();
    let socket = connected(&mut network);
    let now = SimTime::ZERO + SECOND;
    (0..50).for_each(|n| network.send_to_world(now, Host::Store, 7, &frame(n)));
    let came = arrivals(&mut network, now + SECOND);
    let expected = (0..50).map(|n| Arrival::FrameAtWorld { socket, bytes: frame(n) });
    assert_eq!(came, expected.collect::<Vec<_>>());
}

#[test]
fn on_a_bad_link_the_handshake_is_whole_and_the_rest_is_not() {
    let mut network = network();
    network.set_faults(Link::StoreWorld, LOSSY);
    let socket = connected(&mut network);
    let now = SimTime::ZERO + SECOND;
    (0..100).for_each(|n| network.send_to_client(now, socket, &frame(n)));
    let came: Vec<u8> = arrivals(&mut network, now + 5 * SECOND)
        .into_iter()
        .map(|arrival| match arrival {
            Arrival::FrameAtClient { to: Host::Store, connection: 7, bytes } => bytes[0],
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(came[..3], [0, 1, 2]);
    assert!(!came.is_sorted());
    let counts = network.counts();
    assert_eq!(came.len() as u64, 100 - counts.frames_lost + counts.frames_duplicated);
    assert!(counts.frames_lost > 0 && counts.frames_duplicated > 0 && counts.frames_reordered > 0);
}

#[test]
fn a_crash_of_either_end_is_noticed_by_the_other() {
    let mut net = network();
    let socket = connected(&mut net);
    let now = SimTime::ZERO + SECOND;
    net.goes_down(now, Host::World);
    assert_eq!(
        arrivals(&mut net, now + SECOND),
        [Arrival::Lost { to: Host::Store, connection: 7 }]
    );
    net.dial(now + SECOND, Host::Store, 8);
    let reason = "connection refused".to_owned();
    let refused = Arrival::DialFailed { to: Host::Store, connection: 8, reason };
    assert_eq!(arrivals(&mut net, now + 2 * SECOND), [refused]);
    assert_eq!(net.counts().dials_failed, 1);

    let mut net = network();
    assert_eq!(connected(&mut net), socket);
    net.goes_down(now, Host::Store);
    assert_eq!(arrivals(&mut net, now + SECOND), [Arrival::Closed { socket }]);
}

#[test]
fn a_connection_that_breaks_is_lost_at_both_ends_in_their_own_time() {
    let mut network = network();
    let socket = connected(&mut network);
    let now = SimTime::ZERO + SECOND;
    network.break_connections(now, Link::StoreWorld);
    network.send_to_world(now, Host::Store, 7, &frame(1));
    let came = arrivals(&mut network, now + 10 * SECOND);
    assert_eq!(came.len(), 2, "and the frame got nowhere: {came:?}");
    assert!(came.contains(&Arrival::Closed { socket }));
    assert!(came.contains(&Arrival::Lost { to: Host::Store, connection: 7 }));
}

#[test]
fn every_post_is_answered_or_given_up_exactly_once() {
    let mut network = network();
    network.set_faults(Link::StoreCarrier, LOSSY);
    let mut answered = 0;
    let mut asked = 0;
    for post in 0..200 {
        network.request(SimTime::ZERO, Host::Store, Host::Carrier, post, &frame(1));
    }
    while let Some(at) = network.next_moment() {
        match network.arrive(at) {
            Some(Arrival::Request { request, .. }) => {
                asked += 1;
                network.answer(at, request, &frame(2));
            }
            Some(Arrival::Answered { to: Host::Store, .. }) => answered += 1,
            Some(other) => panic!("{other:?}"),
            None => {}
        }
    }
    assert_eq!(answered, 200);
    assert!(asked > 100, "{asked}");
    let counts = network.counts();
    assert!(counts.posts_lost > 0 && counts.answers_lost > 0 && counts.posts_timed_out > 0);
}

#[test]
fn through_a_cut_link_nothing_gets_until_it_is_whole() {
    let mut network = network();
    let until = SimTime::ZERO + 10 * SECOND;
    network.cut(SimTime::ZERO, Link::StoreCarrier, until);
    network.request(SimTime::ZERO, Host::Store, Host::Carrier, 1, &frame(1));
    let came = arrivals(&mut network, until);
    assert!(matches!(came[..], [Arrival::Answered { post: 1, result: Err(_), .. }]), "{came:?}");
    network.request(until, Host::Store, Host::Carrier, 2, &frame(1));
    let came = arrivals(&mut network, until + SECOND);
    assert!(matches!(came[..], [Arrival::Request { .. }]), "{came:?}");
}
