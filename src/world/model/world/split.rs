//! Responses in messages that every client can read.
//!
//! What is ready goes out as one message; only what would be larger than a
//! client may accept becomes several, in order.

use crate::{
    wire::{Numbered, Responses},
    world::model::weight::Weigh,
};

/// Bytes of events in one message, roughly; a single event may have more.
const EVENT_BYTES_MAX: usize = 1024 * 1024;

/// The same responses in one message or more. The first has the acks, the last the farewell.
pub(super) fn split<E: Weigh>(whole: Responses<E>) -> Vec<Responses<E>> {
    let Responses { events, acks, finished } = whole;
    let mut parts = vec![Responses { events: Vec::new(), acks, finished: false }];
    let mut bytes = 0;
    for event in events {
        let more = event.body.weight();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{basis::Seq, wire::ups};

    #[test]
    fn large_events_travel_in_messages_of_their_own_and_in_order() {
        let event = |seq| {
            let text = "x".repeat(EVENT_BYTES_MAX / 2);
            Numbered::new(Seq(seq), ups::Event::Failed { text, origin: Seq(1) })
        };
        let events: Vec<_> = (1..=3).map(event).collect();
        let parts = split(Responses { events, acks: vec![Seq(9)], finished: true });
        let seqs: Vec<_> = parts.iter().flat_map(|it| it.events.iter().map(|e| e.seq.0)).collect();
        assert_eq!(seqs, [1, 2, 3]);
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[0].acks, [Seq(9)]);
        assert_eq!(parts.iter().map(|it| it.finished).collect::<Vec<_>>(), [false, false, true]);
    }
}
