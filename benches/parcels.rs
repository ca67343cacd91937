//! The event queue: a whole run of parcels-v1, and the queue alone beside the
//! standard library's heap under the same load, in the same run.
//!
//! Read the ratio between the two queues; the figures themselves belong to the
//! machine.

use std::{cmp::Reverse, collections::BinaryHeap, hint::black_box, time::Duration};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use waybill::sim::{
    engine::Agenda,
    parcels::{Parcels, Recipe, SplitMix64},
};

/// Timers pending at a time, as in the `medium` and `wide` sets.
const PENDING: [u64; 2] = [90, 5700];
const STEPS: u64 = 100_000;

fn whole_runs(c: &mut Criterion) {
    let mut group = c.benchmark_group("parcels_v1");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for (name, recipe) in
        [("small", Recipe::small()), ("medium", Recipe::medium()), ("wide", Recipe::wide())]
    {
        let orders = recipe.orders();
        let mut once = Parcels::new(recipe.params, orders.clone());
        once.run();
        group.throughput(Throughput::Elements(once.report().events));
        group.bench_function(name, |bench| {
            bench.iter_batched_ref(
                || Parcels::new(recipe.params, orders.clone()),
                Parcels::run,
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// Takes the earliest and sends one at a random later moment, again and again.
fn queues(c: &mut Criterion) {
    let mut group = c.benchmark_group("take_one_send_one");
    group.throughput(Throughput::Elements(STEPS));
    for pending in PENDING {
        group.bench_with_input(BenchmarkId::new("agenda", pending), &pending, |bench, pending| {
            bench.iter(|| {
                let (mut random, mut agenda) = (SplitMix64::new(1), Agenda::new());
                (0..*pending).for_each(|n| agenda.send_in(random.below(1 << 20), (n, n)));
                for _ in 0..STEPS {
                    if let Some(message) = agenda.next(u64::MAX) {
                        agenda.send_in(random.below(1 << 20), black_box(message));
                    }
                }
            });
        });
        group.bench_with_input(
            BenchmarkId::new("binary_heap", pending),
            &pending,
            |bench, pending| {
                bench.iter(|| {
                    let (mut random, mut heap) = (SplitMix64::new(1), BinaryHeap::new());
                    let mut sent = 0u64;
                    (0..*pending).for_each(|n| {
                        sent += 1;
                        heap.push(Reverse((random.below(1 << 20), sent, (n, n))));
                    });
                    for _ in 0..STEPS {
                        if let Some(Reverse((now, _, message))) = heap.pop() {
                            sent += 1;
                            let moment = now + random.below(1 << 20);
                            heap.push(Reverse((moment, sent, black_box(message))));
                        }
                    }
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, whole_runs, queues);
criterion_main!(benches);
