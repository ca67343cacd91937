//! The link machine and the framing: what a message costs before anybody has
//! decided anything about it.
//!
//! No socket takes part; read ratios, the figures belong to the machine.

use std::{hint::black_box, time::Duration};

use bytes::BytesMut;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tokio_util::codec::Decoder;
use waybill::{
    basis::{PackageId, Seq, SimTime},
    link::{Inbound, Outbound, ResendPolicy},
    wire::{
        Commands, Numbered,
        amazon::{self, Command},
        framing::{Delimited, delimited},
    },
};

const MESSAGES: i64 = 10_000;

/// Push, poll and acknowledge; the acks come a window late, as over a network.
fn outbound(c: &mut Criterion) {
    let mut group = c.benchmark_group("outbound");
    group.throughput(Throughput::Elements(MESSAGES as u64));
    for window in [64, 1024] {
        let policy = ResendPolicy { window, ..ResendPolicy::default() };
        group.bench_with_input(BenchmarkId::new("push_poll_ack", window), &policy, |b, policy| {
            b.iter(|| {
                let (mut out, mut now) = (Outbound::new(*policy), SimTime::ZERO);
                out.open(now);
                let mut in_flight = Vec::new();
                for seq in 1..=MESSAGES {
                    now += Duration::from_micros(10);
                    out.push(now, Seq(seq), seq);
                    in_flight.extend(out.poll(now, 64));
                    if in_flight.len() >= policy.window / 2 {
                        for (seq, _) in in_flight.drain(..) {
                            black_box(out.acknowledge(now, seq));
                        }
                    }
                }
                out.unacked_count()
            });
        });
    }
    group.finish();
}

/// Receive, settle and ack, where numbers follow each other and where they do not.
fn inbound(c: &mut Criterion) {
    let mut group = c.benchmark_group("inbound");
    group.throughput(Throughput::Elements(MESSAGES as u64));
    for stride in [1, 2] {
        group.bench_with_input(BenchmarkId::new("receive_settle_ack", stride), &stride, |b, n| {
            b.iter(|| {
                let mut inbound = Inbound::new(16_384, 4_096);
                for seq in 1..=MESSAGES {
                    black_box(inbound.receive(Seq(seq * n)));
                    inbound.settle(Seq(seq * n));
                    if seq % 64 == 0 {
                        black_box(inbound.take_acks());
                    }
                }
                inbound.size()
            });
        });
    }
    group.finish();
}

/// A frame of so many pack commands, to bytes and back.
fn framing(c: &mut Criterion) {
    let mut group = c.benchmark_group("framing");
    for count in [1, 64] {
        let message = amazon::encode_commands(&packs(count));
        let bytes = delimited(&message);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(BenchmarkId::new("encode", count), &packs(count), |b, packs| {
            b.iter(|| delimited(&amazon::encode_commands(black_box(packs))));
        });
        group.bench_with_input(BenchmarkId::new("decode", count), &bytes, |b, bytes| {
            b.iter_batched_ref(
                || BytesMut::from(&bytes[..]),
                |buffer| {
                    let frame = Delimited::default().decode(buffer);
                    frame.ok().flatten().map(|frame| amazon::decode_commands(&frame))
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn packs(count: i64) -> Commands<Command> {
    let pack = |n: i64| {
        let things = vec![amazon::Thing {
            product: n.into(),
            description: "a lamp of brass".to_owned(),
            count: 2,
        }];
        let package = PackageId(n);
        Numbered::new(Seq(n), Command::Pack { warehouse: 1.into(), things, package })
    };
    Commands { commands: (1..=count).map(pack).collect(), ..Commands::default() }
}

criterion_group!(benches, outbound, inbound, framing);
criterion_main!(benches);
