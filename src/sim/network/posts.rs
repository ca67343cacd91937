//! Posts and their answers, as over HTTP: either may be lost, late or double,
//! and whoever waits gives up after a while.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;

use super::{Arrival, Host, Link, RequestId, Wires};
use crate::basis::SimTime;

/// Until one who posted gives up waiting.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A post, however many copies of it are on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PostKey(u64);

#[derive(Debug)]
pub(super) enum InFlight {
    Request { key: PostKey, from: Host, to: Host, body: Bytes },
    Answer { key: PostKey, result: Result<Bytes, String> },
    TimedOut(PostKey),
}

#[derive(Debug)]
struct Waiting {
    from: Host,
    post: u64,
}

pub(super) struct Posts {
    next: u64,
    /// Those whose sender still waits.
    waiting: BTreeMap<PostKey, Waiting>,
    /// Requests that have come to somebody who may answer them.
    asked: BTreeMap<RequestId, (PostKey, Host, Host)>,
}

impl Posts {
    pub(super) fn new() -> Self {
        Self { next: 1, waiting: BTreeMap::new(), asked: BTreeMap::new() }
    }

    pub(super) fn request(
        &mut self,
        now: SimTime,
        from: Host,
        to: Host,
        post: u64,
        body: &Bytes,
        wires: &mut Wires,
    ) {
        let key = PostKey(self.next);
        self.next += 1;
        self.waiting.insert(key, Waiting { from, post });
        wires.later(now + TIMEOUT, flying(InFlight::TimedOut(key)));
        let arrivals = fate(now, Link::between(from, to), wires);
        if arrivals.is_empty() {
            wires.counts.posts_lost += 1;
        }
        for at in arrivals {
            wires.later(at, flying(InFlight::Request { key, from, to, body: body.clone() }));
        }
    }

    pub(super) fn answer(
        &mut self,
        now: SimTime,
        request: RequestId,
        body: &Bytes,
        wires: &mut Wires,
    ) {
        let Some((key, from, to)) = self.asked.remove(&request) else { return };
        let arrivals = fate(now, Link::between(from, to), wires);
        if arrivals.is_empty() {
            wires.counts.answers_lost += 1;
        }
        for at in arrivals {
            wires.later(at, flying(InFlight::Answer { key, result: Ok(body.clone()) }));
        }
    }

    pub(super) fn host_died(&mut self, now: SimTime, host: Host, wires: &mut Wires) {
        self.waiting.retain(|_, waiting| waiting.from != host);
        let died = |(request, (key, from, to)): (&RequestId, &(PostKey, Host, Host))| {
            (*to == host).then_some((*request, *key, *from))
        };
        let asked: Vec<_> = self.asked.iter().filter_map(died).collect();
        for (request, key, from) in asked {
            self.asked.remove(&request);
            let delay = wires.delay(Link::between(from, host));
            let result = Err("connection reset".to_owned());
            wires.later(now + delay, flying(InFlight::Answer { key, result }));
        }
    }

    pub(super) fn arrive(
        &mut self,
        now: SimTime,
        what: InFlight,
        wires: &mut Wires,
    ) -> Option<Arrival> {
        match what {
            // Also where nobody waits for an answer any more.
            InFlight::Request { key, from, to, body } => {
                if !wires.is_up(to) {
                    refuse(now, key, Link::between(from, to), wires);
                    return None;
                }
                let request = RequestId(self.next);
                self.next += 1;
                self.asked.insert(request, (key, from, to));
                Some(Arrival::Request { to, from, request, body })
            }
            InFlight::Answer { key, result } => self.answered(key, result),
            InFlight::TimedOut(key) => {
                let arrival = self.answered(key, Err("no answer in time".to_owned()));
                wires.counts.posts_timed_out += u64::from(arrival.is_some());
                arrival
            }
        }
    }

    fn answered(&mut self, key: PostKey, result: Result<Bytes, String>) -> Option<Arrival> {
        let Waiting { from, post } = self.waiting.remove(&key)?;
        Some(Arrival::Answered { to: from, post, result })
    }
}

/// When a post or an answer arrives: at several moments, or never.
fn fate(now: SimTime, link: Link, wires: &mut Wires) -> Vec<SimTime> {
    let faults = wires.faults(link);
    let prompt = now + wires.delay(link);
    if wires.is_cut(now, link) || wires.dice.chance(faults.loss) {
        return Vec::new();
    }
    let straggler =
        |wires: &mut Wires| prompt + wires.dice.span(Duration::ZERO, faults.straggle_most);
    let mut arrivals = Vec::new();
    if wires.dice.chance(faults.reordering) {
        wires.counts.posts_reordered += 1;
        arrivals.push(straggler(wires));
    } else {
        arrivals.push(prompt);
    }
    if wires.dice.chance(faults.duplication) {
        wires.counts.posts_duplicated += 1;
        arrivals.push(straggler(wires));
    }
    arrivals
}

fn refuse(now: SimTime, key: PostKey, link: Link, wires: &mut Wires) {
    wires.counts.posts_refused += 1;
    let delay = wires.delay(link);
    let result = Err("connection refused".to_owned());
    wires.later(now + delay, flying(InFlight::Answer { key, result }));
}

fn flying(what: InFlight) -> super::InFlight {
    super::InFlight::Post(what)
}
