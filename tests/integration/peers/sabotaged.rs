//! Every check fails where its rule is broken: each is tried on a real party behind a saboteur.

use std::{collections::BTreeSet, time::Duration};

use waybill::conform::{Findings, PeerSubject, carrier, store};

use super::{
    mischief::{self as m, Make},
    party::{CarrierUnderTest, StoreUnderTest, free, subject},
    saboteur::{Mischief, Saboteur},
};
use crate::support::TestDb;

/// A sabotaged party may never answer, and each check waits for it.
const SHORT: Duration = Duration::from_secs(5);

/// What breaks, and the checks that must find it; a name is a group where it ends so.
type Broken = (&'static str, Make, &'static [&'static str]);

const OF_A_STORE: &[Broken] = &[
    (
        "takes-everything",
        m::takes_everything,
        &[
            "store.answer.unknown",
            "store.answer.unknown-flat",
            "store.answer.unknown-code",
            "store.answer.envelope",
            "store.answer.flat",
            "store.answer.missing",
            "store.answer.missing-flat",
            "store.answer.missing-code",
            "store.answer.other-kind",
            "store.answer.status-word",
            "store.shape.not-json",
            "store.shape.empty",
            "store.shape.no-object",
            "store.shape.no-payload",
            "store.shape.wrong-types",
            "store.shape.unknown-kind",
            "store.shape.code",
            "store.shape.huge-numbers",
            "store.shape.truncated",
            "store.shape.vanishing",
            "store.shape.method",
            "store.number.refused",
            "store.batch.array",
            "store.world.no-number",
            "store.event.missing",
            "store.event.unknown",
        ],
    ),
    (
        "fails",
        m::fails,
        &[
            "store.shape.deep",
            "store.shape.oversized",
            "store.shape.content-type",
            "store.batch.long",
        ],
    ),
    (
        "mumbles",
        m::mumbles,
        &["store.answer.envelope", "store.answer.flat", "store.answer.unknown-code"],
    ),
    (
        "pedantic",
        m::pedantic,
        &[
            "store.shape.extra-fields",
            "store.shape.timestamps",
            "store.answer.slash",
            "store.answer.flat-in-envelope",
        ],
    ),
    (
        "acks-nothing",
        m::acks_nothing,
        &[
            "store.answer.acks",
            "store.number.refused",
            "store.number.again",
            "store.batch.order",
            "store.dispatched.number",
            "store.delivered.number",
            "store.event.acks",
        ],
    ),
    ("acks-anything", m::acks_anything, &["store.number.none", "store.answer.acks"]),
    ("answers-batches-backwards", m::answers_batches_backwards, &["store.batch.order"]),
    ("knows-no-batches", m::knows_no_batches, &["store.batch.none", "store.arrived.batch"]),
    (
        "reads-no-text",
        m::reads_no_text,
        &[
            "store.answer.text-ids",
            "store.number.text",
            "store.world.text",
            "store.details.text-id",
            "store.dispatched.text-ids",
            "store.arrived.text-ids",
        ],
    ),
    (
        "believes-everybody",
        m::believes_everybody,
        &[
            "store.sign.unsigned",
            "store.sign.wrong",
            "store.sign.missing-header",
            "store.sign.other-body",
            "store.sign.other-id",
            "store.sign.old",
        ],
    ),
    ("believes-nobody", m::believes_nobody, &["store.sign.right"]),
    ("knows-one-secret", m::knows_one_secret, &["store.sign.rotation"]),
    (
        "refuses-everything",
        m::refuses_everything,
        &[
            "store.world.again",
            "store.dispatched.taken",
            "store.dispatched.again",
            "store.tracking.taken",
            "store.status.taken",
            "store.arrived.flat-waits",
            "store.delivered.taken",
            "store.delivered.again",
            "store.delivered.early",
            "store.delivered.place",
            "store.delivered.hangs-up",
            "store.late.taken",
            "store.event.ready",
            "store.event.arrival",
        ],
    ),
    ("says-nothing", m::says_nothing, &["store.created.fields", "store.address.asked"]),
    (
        "says-everything-twice",
        m::says_everything_twice,
        &["store.created.once", "store.created.exists", "store.loaded.once", "store.arrived.again"],
    ),
    (
        "says-nothing-again",
        m::says_nothing_again,
        &[
            "store.created.lost-answer",
            "store.created.failure",
            "store.created.no-truck",
            "store.loaded.lost-answer",
            "store.loaded.failure",
            "store.address.lost-answer",
        ],
    ),
    (
        "numbers-at-random",
        m::numbers_at_random,
        &["store.created.same-again", "store.loaded.same-again", "store.address.lost-answer"],
    ),
    ("numbers-everything-one", m::numbers_everything_one, &["store.created.distinct"]),
    ("says-numbers-as-text", m::says_numbers_as_text, &["store.created.numbers"]),
    ("has-no-clock", m::has_no_clock, &["store.created.fields"]),
    ("moves-places", m::moves_places, &["store.address.asked"]),
    ("unsigned-out", m::unsigned_out, &["store.created.signed"]),
    ("tells-the-half", m::tells_the_half, &["store.details.known", "store.details.many"]),
    (
        "shows-nothing",
        m::shows_nothing,
        &[
            "store.dispatched.shown",
            "store.tracking.shown",
            "store.address.refused",
            "store.delivered.flat",
            "store.delivered.by-status",
            "store.late.reordered",
        ],
    ),
    (
        "loads-at-random",
        m::loads_at_random,
        &["store.loaded.not-before", "store.late.changes-nothing"],
    ),
    (
        "deaf-to-arrivals",
        m::deaf_to_arrivals,
        &[
            "store.arrived.loads",
            "store.arrived.early",
            "store.arrived.undispatched",
            "store.arrived.flat",
            "store.arrived.flat-gone",
            "store.world.goes-on",
            "store.late.whole-way",
        ],
    ),
];

const OF_A_CARRIER: &[Broken] = &[
    (
        "takes-everything",
        m::takes_everything,
        &[
            "carrier.answer.unknown",
            "carrier.answer.unknown-code",
            "carrier.answer.envelope",
            "carrier.answer.missing",
            "carrier.answer.missing-code",
            "carrier.answer.other-kind",
            "carrier.answer.generic",
            "carrier.answer.generic-unknown",
            "carrier.answer.for-a-store",
            "carrier.answer.early-loaded",
            "carrier.shape.not-json",
            "carrier.shape.empty",
            "carrier.shape.no-object",
            "carrier.shape.no-payload",
            "carrier.shape.wrong-types",
            "carrier.shape.unknown-kind",
            "carrier.shape.code",
            "carrier.shape.huge-numbers",
            "carrier.shape.truncated",
            "carrier.shape.vanishing",
            "carrier.shape.method",
            "carrier.number.refused",
            "carrier.batch.array",
            "carrier.created.exists",
            "carrier.created.other-terms",
            "carrier.created.at-once",
            "carrier.address.late",
            "carrier.address.late-code",
        ],
    ),
    (
        "fails",
        m::fails,
        &[
            "carrier.shape.deep",
            "carrier.shape.oversized",
            "carrier.shape.content-type",
            "carrier.batch.long",
        ],
    ),
    ("mumbles", m::mumbles, &["carrier.answer.envelope", "carrier.answer.unknown-code"]),
    (
        "pedantic",
        m::pedantic,
        &["carrier.shape.extra-fields", "carrier.shape.timestamps", "carrier.answer.slash"],
    ),
    (
        "acks-nothing",
        m::acks_nothing,
        &[
            "carrier.number.refused",
            "carrier.number.again",
            "carrier.batch.order",
            "carrier.created.again",
            "carrier.created.batch",
            "carrier.loaded.number",
        ],
    ),
    ("acks-anything", m::acks_anything, &["carrier.number.none"]),
    ("answers-batches-backwards", m::answers_batches_backwards, &["carrier.batch.order"]),
    ("knows-no-batches", m::knows_no_batches, &["carrier.batch.none", "carrier.created.batch"]),
    (
        "reads-no-text",
        m::reads_no_text,
        &[
            "carrier.answer.text-ids",
            "carrier.number.text",
            "carrier.created.text-ids",
            "carrier.loaded.text-id",
            "carrier.address.text-ids",
            "carrier.status.text-id",
        ],
    ),
    (
        "believes-everybody",
        m::believes_everybody,
        &[
            "carrier.sign.unsigned",
            "carrier.sign.wrong",
            "carrier.sign.missing-header",
            "carrier.sign.other-body",
            "carrier.sign.other-id",
            "carrier.sign.old",
        ],
    ),
    ("believes-nobody", m::believes_nobody, &["carrier.sign.right"]),
    ("knows-one-secret", m::knows_one_secret, &["carrier.sign.rotation"]),
    (
        "refuses-everything",
        m::refuses_everything,
        &[
            "carrier.created.taken",
            "carrier.created.account",
            "carrier.created.generic",
            "carrier.address.in-time",
            "carrier.address.again",
            "carrier.address.generic",
            "carrier.status.known",
            "carrier.status.generic",
            "carrier.status.changes-nothing",
        ],
    ),
    (
        "says-nothing",
        m::says_nothing,
        &[
            "carrier.truck.dispatched",
            "carrier.truck.arrived",
            "carrier.truck.is-there",
            "carrier.tracking.told",
            "carrier.loaded.before-answer",
            "carrier.status-update.told",
        ],
    ),
    (
        "says-everything-twice",
        m::says_everything_twice,
        &[
            "carrier.truck.once",
            "carrier.created.hangs-up",
            "carrier.loaded.once",
            "carrier.loaded.hangs-up",
        ],
    ),
    (
        "says-nothing-again",
        m::says_nothing_again,
        &[
            "carrier.truck.lost-answer",
            "carrier.truck.failure",
            "carrier.truck.unknown-yet",
            "carrier.delivered.lost-answer",
            "carrier.delivered.failure",
        ],
    ),
    ("numbers-at-random", m::numbers_at_random, &["carrier.truck.same-again"]),
    (
        "says-numbers-as-text",
        m::says_numbers_as_text,
        &["carrier.truck.arrived", "carrier.loaded.delivers"],
    ),
    ("has-no-clock", m::has_no_clock, &["carrier.truck.dispatched"]),
    ("moves-places", m::moves_places, &["carrier.delivered.place", "carrier.address.place"]),
    ("unsigned-out", m::unsigned_out, &["carrier.truck.signed"]),
    (
        "tells-the-half",
        m::tells_the_half,
        &["carrier.created.tracking", "carrier.status.truck", "carrier.status.known"],
    ),
    ("tells-old-statuses", m::tells_old_statuses, &["carrier.status.moves"]),
    ("tracks-at-random", m::tracks_at_random, &["carrier.created.again", "carrier.tracking.told"]),
    ("changes-in-secret", m::changes_in_secret, &["carrier.address.late", "carrier.address.race"]),
    ("forgets-changes", m::forgets_changes, &["carrier.address.back"]),
    ("knows-one-sender", m::knows_one_sender, &["carrier.created.other-sender"]),
    ("tells-the-half", m::tells_the_half, &["carrier.status.delivered"]),
    (
        "deaf-to-loading",
        m::deaf_to_loading,
        &[
            "carrier.loaded.delivers",
            "carrier.loaded.answer",
            "carrier.loaded.again",
            "carrier.loaded.generic",
        ],
    ),
];

/// It is tried where a carrier is started before our eyes, in `honest`.
const WORLD_TOLD: &str = "carrier.world.told";

fn assert_complete(list: &[Broken], names: Vec<&'static str>, but: &[&str]) {
    let broken: BTreeSet<_> = list.iter().flat_map(|(.., names)| *names).copied().collect();
    let listed: BTreeSet<_> = names.into_iter().filter(|name| !but.contains(name)).collect();
    let missing: Vec<_> = listed.difference(&broken).collect();
    assert!(missing.is_empty(), "nobody misbehaves so that these find it: {missing:?}");
    let unknown: Vec<_> = broken.difference(&listed).collect();
    assert!(unknown.is_empty(), "there are no such checks: {unknown:?}");
}

#[test]
fn every_check_has_a_misbehaviour_that_it_must_find() {
    let names = |listed: Vec<waybill::conform::Listed>| listed.iter().map(|it| it.name).collect();
    assert_complete(OF_A_STORE, names(store::list(&[], true).unwrap()), &[]);
    assert_complete(OF_A_CARRIER, names(carrier::list(&[], true).unwrap()), &[WORLD_TOLD]);
}

/// The checks that pass although they should not.
fn overlooked(name: &str, findings: &Findings) -> Vec<String> {
    let passed = findings.checks.iter().filter(|finding| !finding.has_failed());
    passed.map(|finding| format!("{} does not find {name}: {finding}", finding.name)).collect()
}

/// How it is tried in the world that the party is in.
fn sabotaged(subject: PeerSubject, checks: &[&str]) -> PeerSubject {
    let only = checks.iter().map(|name| (*name).to_owned()).collect();
    PeerSubject { world_id: Some(1), only, patience: SHORT, jobs: 40, ..subject }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_check_of_a_store_fails_where_its_rule_is_broken() {
    let database = TestDb::embedded();
    let saboteur = Saboteur::open().await;
    let party = StoreUnderTest::open(&database.open().await, saboteur.back).await;
    saboteur.stand_before(party.addr());
    let url = format!("http://{}", saboteur.front);
    // What is found below is the saboteur's doing, for one that breaks nothing is found nothing.
    let ear = free();
    saboteur.misbehave(ear, Mischief::none());
    let honest = Box::pin(store::run(&subject(url.clone(), Some(ear), party.ups()))).await.unwrap();
    assert_eq!((honest.failed, honest.skipped), (0, 0), "{honest}");
    let mut all = Vec::new();
    for (name, make, checks) in OF_A_STORE {
        let ear = free();
        saboteur.misbehave_later(ear, make());
        let subject = sabotaged(subject(url.clone(), Some(ear), party.ups()), checks);
        let findings = Box::pin(store::run(&subject)).await.unwrap();
        all.extend(overlooked(name, &findings));
    }
    assert!(all.is_empty(), "overlooked:\n{}", all.join("\n"));
    party.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_check_of_a_carrier_fails_where_its_rule_is_broken() {
    let database = TestDb::embedded();
    let saboteur = Saboteur::open().await;
    let ear = free();
    saboteur.misbehave(ear, Mischief::none());
    let party = CarrierUnderTest::open(&database.open().await, saboteur.back).await;
    saboteur.stand_before(party.addr());
    let url = format!("http://{}/api", saboteur.front);
    let honest = subject(url.clone(), Some(ear), party.amazon());
    let honest = Box::pin(carrier::run(&honest)).await.unwrap();
    assert_eq!((honest.failed, honest.skipped), (0, 0), "{honest}");
    let mut all = Vec::new();
    for (name, make, checks) in OF_A_CARRIER {
        let ear = free();
        saboteur.misbehave_later(ear, make());
        let subject = sabotaged(subject(url.clone(), Some(ear), party.amazon()), checks);
        let findings = Box::pin(carrier::run(&subject)).await.unwrap();
        all.extend(overlooked(name, &findings));
    }
    assert!(all.is_empty(), "overlooked:\n{}", all.join("\n"));
    party.stop().await;
}
