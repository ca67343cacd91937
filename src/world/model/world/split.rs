//! Responses in messages that every client can read.
//!
//! What is ready goes out as one message; only what would be larger than a
//! client may accept becomes several, in order.

use crate::wire::{Numbered, Responses, amazon, ups};

/// Bytes of events in one message, roughly; a single event may have more.
const EVENT_BYTES_MAX: usize = 1024 * 1024;
/// What an event takes without its texts, roughly and at most.
const EVENT_BYTES: usize = 64;

/// The same responses in one message or more. The first has the acks, the last the farewell.
pub(super) fn split<E>(whole: Responses<E>, weight: fn(&E) -> usize) -> Vec<Responses<E>> {
    let Responses { events, acks, finished } = whole;
    let mut parts = vec![Responses { events: Vec::new(), acks, finished: false }];
    let mut bytes = 0;
    for event in events {
        let more = weight(&event.body);
        if bytes > 0 && bytes + more > EVENT_BYTES_MAX {
            parts.push(Responses::default());
            bytes = 0;
        }
        bytes += more;
        push(&mut parts, event);
    }
    if let Some(last) = parts.last_mut() {
        last.finished = finished;
    }
    parts
}

fn push<E>(parts: &mut [Responses<E>], event: Numbered<E>) {
    if let Some(part) = parts.last_mut() {
        part.events.push(event);
    }
}

pub(super) fn amazon_weight(event: &amazon::Event) -> usize {
    match event {
        amazon::Event::Arrived { things, .. } => {
            let texts: usize = things.iter().map(|thing| thing.description.len()).sum();
            EVENT_BYTES + texts + EVENT_BYTES * things.len()
        }
        amazon::Event::Failed { text, .. } => EVENT_BYTES + text.len(),
        amazon::Event::Ready { .. }
        | amazon::Event::Loaded { .. }
        | amazon::Event::Status { .. } => EVENT_BYTES,
    }
}

pub(super) fn ups_weight(event: &ups::Event) -> usize {
    match event {
        ups::Event::Failed { text, .. } => EVENT_BYTES + text.len(),
        ups::Event::Finished { .. } | ups::Event::Delivered { .. } | ups::Event::Truck { .. } => {
            EVENT_BYTES
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basis::Seq;

    #[test]
    fn large_events_travel_in_messages_of_their_own_and_in_order() {
        let event = |seq| {
            let text = "x".repeat(EVENT_BYTES_MAX / 2);
            Numbered::new(Seq(seq), ups::Event::Failed { text, origin: Seq(1) })
        };
        let events: Vec<_> = (1..=3).map(event).collect();
        let parts = split(Responses { events, acks: vec![Seq(9)], finished: true }, ups_weight);
        let seqs: Vec<_> = parts.iter().flat_map(|it| it.events.iter().map(|e| e.seq.0)).collect();
        assert_eq!(seqs, [1, 2, 3]);
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[0].acks, [Seq(9)]);
        assert_eq!(parts.iter().map(|it| it.finished).collect::<Vec<_>>(), [false, false, true]);
    }
}
