//! Our own store and our own carrier keep every rule.

use waybill::conform::{Findings, PeerSubject, carrier, store};

use super::party::{CarrierUnderTest, StoreUnderTest, free, subject};
use crate::support::on_each_database;

fn assert_all_passed(findings: &Findings, skipped: usize) {
    assert_eq!(findings.failed, 0, "{findings}");
    assert_eq!(findings.skipped, skipped, "{findings}");
    assert!(findings.passed > 20, "hardly anything was tried: {findings}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_store_passes_every_check() {
    on_each_database(|db| async move {
        let ear = free();
        let party = StoreUnderTest::open(&db, ear).await;
        let subject = subject(party.url.clone(), Some(ear), party.ups());
        let findings = Box::pin(store::run(&subject)).await.unwrap();
        assert_all_passed(&findings, 0);
        // Once more, as on a party that has been used: nothing is left that would be met again.
        let again = Box::pin(store::run(&subject)).await.unwrap();
        assert_all_passed(&again, 0);
        party.stop().await;
        db.close();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_carrier_passes_every_check() {
    on_each_database(|db| async move {
        let ear = free();
        let party = CarrierUnderTest::open(&db, ear).await;
        let subject = subject(party.url.clone(), Some(ear), party.amazon());
        let findings = Box::pin(carrier::run(&subject)).await.unwrap();
        assert_all_passed(&findings, 0);
        // Once more, in the world that it does not tell again.
        let again = PeerSubject { world_id: Some(1), ..subject };
        let again = Box::pin(carrier::run(&again)).await.unwrap();
        assert_all_passed(&again, 1);
        party.stop().await;
        db.close();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_ear_what_needs_no_shipment_is_tried_and_the_rest_says_what_it_takes() {
    on_each_database(|db| async move {
        let nobody = free();
        let party = StoreUnderTest::open(&db, nobody).await;
        let deaf = subject(party.url.clone(), None, party.ups());
        let findings = Box::pin(store::run(&deaf)).await.unwrap();
        assert_eq!(findings.failed, 0, "{findings}");
        assert!(findings.passed >= 40 && findings.skipped >= 40, "{findings}");
        assert!(findings.to_string().contains("it takes --listen ADDR"), "{findings}");
        let keys = waybill::wire::signature::Keys::default();
        let refused = Box::pin(store::run(&PeerSubject { keys, ..deaf })).await.unwrap_err();
        assert!(refused.to_string().contains("--webhook-secret"), "{refused:#}");
        party.stop().await;
        db.close();
    })
    .await;
}
