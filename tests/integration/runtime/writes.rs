//! What leaves, when, and in which order.

use super::toy::{self, Body, Gate, Output, Running};
use crate::support::on_each_database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outputs_leave_only_after_their_commit() {
    on_each_database(async |db| {
        toy::migrate(&db).await;
        let running = Running::start(&db).await;
        running.post(1, Body::Open);
        let gate = Gate::closed();
        running.post(1, Body::Gated { by: 5, gate: gate.clone() });
        running.post(2, Body::Add(1));
        // The actors have done their part when the second letter has bounced into the ledger.
        for _ in 0..50 {
            tokio::task::yield_now().await;
            assert!(!running.ear.heard().contains(&Output::Total(1, 5)));
        }
        gate.open();
        running.ear.hears(Output::Total(1, 5)).await;
        assert_eq!(toy::totals(&db).await, [(1, 5)]);
        running.service.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_after_the_other_did_is_committed_and_heard_in_that_order() {
    on_each_database(async |db| {
        toy::migrate(&db).await;
        let running = Running::start(&db).await;
        running.post(1, Body::Open);
        for by in 1..=200 {
            running.post(1, Body::Add(by));
        }
        let last = (1..=200).sum();
        running.ear.hears(Output::Total(1, last)).await;
        let expected: Vec<_> = (1..=200).map(|by| (1, by)).collect();
        assert_eq!(toy::log(&db).await, expected);
        let heard = running.ear.heard();
        let mut totals: Vec<i64> = heard.iter().filter_map(total_of).collect();
        assert_eq!(totals.len(), 200);
        assert!(totals.is_sorted(), "{totals:?}");
        totals.dedup();
        assert_eq!(totals.len(), 200);
        let batches = running.office().ledger().health().committed();
        assert!(batches < 200, "{batches} commits for 201 groups: nothing was grouped");
        running.service.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_s_effect_is_never_committed_before_its_cause() {
    on_each_database(async |db| {
        toy::migrate(&db).await;
        let running = Running::start(&db).await;
        for name in 0..8 {
            running.post(name, Body::Open);
        }
        for round in 0..100 {
            running.post(round % 8, Body::Transfer { to: (round + 3) % 8, amount: 1 + round });
        }
        running.ear.until(|heard| heard.iter().filter_map(total_of).count() == 200, "200").await;
        let (mut taken, mut given) = (0, 0);
        for (_, by) in toy::log(&db).await {
            if by < 0 {
                taken -= by
            } else {
                given += by
            }
            assert!(given <= taken, "given {given} before it was taken ({taken})");
        }
        assert_eq!(given, taken);
        running.service.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_commits_everything_that_was_posted_and_starting_finds_it() {
    on_each_database(async |db| {
        toy::migrate(&db).await;
        let running = Running::start(&db).await;
        running.post(1, Body::Open);
        for _ in 0..300 {
            running.post(1, Body::AddTwice(1));
        }
        running.service.stop().await;
        assert_eq!(toy::totals(&db).await, [(1, 600)]);
        running.post(1, Body::Add(1));
        assert!(!running.ear.heard().contains(&Output::Nobody(1)), "a lie: it is only closed");

        let again = Running::start(&db).await;
        again.ear.hears(Output::Restored(1)).await;
        again.post(1, Body::Add(1));
        again.ear.hears(Output::Total(1, 601)).await;
        again.service.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_who_leaves_makes_room_for_a_successor() {
    on_each_database(async |db| {
        toy::migrate(&db).await;
        let running = Running::start(&db).await;
        for round in 1..=50 {
            running.post(1, Body::Open);
            running.post(1, Body::Add(1));
            running.post(1, Body::Leave);
            // Still in the predecessor's mailbox when it leaves, or already at an empty house.
            running.post(1, Body::Add(1));
            let answered = |heard: &[Output]| heard.len() == 1 + 2 * round;
            running.ear.until(answered, "an answer to each").await;
        }
        running.post(1, Body::Open);
        running.post(1, Body::Add(7));
        running.ear.hears(Output::Total(1, 7)).await;
        assert_eq!(running.office().population(), 1);
        running.service.stop().await;
        assert_eq!(toy::totals(&db).await, [(1, 7)]);
    })
    .await;
}

fn total_of(output: &Output) -> Option<i64> {
    match output {
        Output::Total(_, total) => Some(*total),
        Output::Nobody(_) | Output::Restored(_) => None,
    }
}
