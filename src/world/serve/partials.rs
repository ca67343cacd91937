//! Messages of which a part has come: all together take only so many bytes.
//!
//! Past that, the client that has been at his message for the longest is
//! disconnected: an honest one is soon through, and comes back where it was not.
//! Small messages are not counted; a connection costs about as much without any.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::{Bytes, BytesMut};
use tokio_util::{codec::Decoder, sync::CancellationToken};

use crate::wire::framing::{Delimited, FramingError};

/// What a connection reads into.
const BUFFER_BYTES: usize = 8 * 1024;
/// A message that is no longer than this takes no room worth a word.
const UNCOUNTED_BYTES: usize = 2 * BUFFER_BYTES;

/// The room that all connections share.
pub(super) struct Partials {
    bytes_max: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    bytes: usize,
    last_turn: u64,
    /// The one that began first is the first.
    parts: BTreeMap<u64, Part>,
}

struct Part {
    bytes: usize,
    cut: CancellationToken,
}

impl Partials {
    pub(super) fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self { bytes_max, held: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn put(&mut self, turn: u64, part: Part) {
        self.bytes += part.bytes;
        let before = self.parts.insert(turn, part).map_or(0, |part| part.bytes);
        self.bytes -= before;
    }

    fn remove(&mut self, turn: u64) {
        self.bytes -= self.parts.remove(&turn).map_or(0, |part| part.bytes);
    }

    /// Disconnects those that began first, until what is left fits.
    fn make_room(&mut self, bytes_max: usize) {
        while self.bytes > bytes_max
            && let Some((_, oldest)) = self.parts.pop_first()
        {
            self.bytes -= oldest.bytes;
            oldest.cut.cancel();
            metrics::counter!("waybill_world_partial_messages_cut_total").increment(1);
        }
    }
}

/// What one connection has of the room.
pub(super) struct Share {
    partials: Arc<Partials>,
    /// Ends the connection at once.
    cut: CancellationToken,
    /// Of the message that is coming, where it is counted.
    turn: Option<u64>,
}

impl Share {
    pub(super) fn new(partials: Arc<Partials>, cut: CancellationToken) -> Self {
        Self { partials, cut, turn: None }
    }

    /// So many bytes are held for a message that can not be worked on yet.
    pub(super) fn hold(&mut self, bytes: usize) {
        if bytes <= UNCOUNTED_BYTES {
            return self.release();
        }
        let mut held = self.partials.lock();
        let turn = *self.turn.get_or_insert_with(|| {
            held.last_turn += 1;
            held.last_turn
        });
        held.put(turn, Part { bytes, cut: self.cut.clone() });
        held.make_room(self.partials.bytes_max);
        note(held.bytes);
    }

    /// Nothing is held any more.
    pub(super) fn release(&mut self) {
        if let Some(turn) = self.turn.take() {
            let mut held = self.partials.lock();
            held.remove(turn);
            note(held.bytes);
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.release();
    }
}

fn note(bytes: usize) {
    metrics::gauge!("waybill_world_partial_message_bytes").set(bytes as f64);
}

/// Splits a stream into messages, and keeps account of what has come of the next one.
pub(super) struct Gathering {
    delimited: Delimited,
    share: Share,
    /// The buffer has grown for a long message.
    is_swollen: bool,
}

impl Gathering {
    pub(super) fn new(message_bytes_max: usize, share: Share) -> Self {
        Self { delimited: Delimited::new(message_bytes_max), share, is_swollen: false }
    }

    /// The message that came last is being worked on.
    pub(super) fn is_passed_on(&mut self) {
        self.share.release();
    }
}

impl Decoder for Gathering {
    type Item = Bytes;
    type Error = FramingError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Bytes>, FramingError> {
        let whole = self.delimited.decode(src)?;
        self.share.hold(whole.as_ref().map_or(0, Bytes::len) + src.len());
        self.is_swollen |= whole.is_none() && src.len() > UNCOUNTED_BYTES;
        if self.is_swollen && src.is_empty() {
            // A silent connection should not keep what a long message needed.
            *src = BytesMut::with_capacity(BUFFER_BYTES);
            self.is_swollen = false;
        }
        Ok(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::framing::put_body;

    const LONG: usize = 100_000;

    fn connection(partials: &Arc<Partials>) -> (Gathering, CancellationToken) {
        let cut = CancellationToken::new();
        (Gathering::new(10 * LONG, Share::new(Arc::clone(partials), cut.clone())), cut)
    }

    fn frame(bytes: usize) -> BytesMut {
        let mut frame = BytesMut::new();
        put_body(Bytes::from(vec![7; bytes]), &mut frame);
        frame
    }

    /// Reads all but the last byte.
    fn begin(gathering: &mut Gathering, bytes: usize) -> (BytesMut, BytesMut) {
        let mut src = frame(bytes);
        let last = src.split_off(src.len() - 1);
        assert!(gathering.decode(&mut src).unwrap().is_none());
        (src, last)
    }

    #[test]
    fn who_began_first_goes_when_there_is_no_room() {
        let partials = Partials::new(2 * LONG + 1_000);
        let [mut first, mut second, mut third] = [0; 3].map(|_| connection(&partials));
        begin(&mut first.0, LONG);
        let (mut src, last) = begin(&mut second.0, LONG);
        assert!(!first.1.is_cancelled() && !second.1.is_cancelled());
        begin(&mut third.0, LONG);
        assert!(first.1.is_cancelled() && !second.1.is_cancelled() && !third.1.is_cancelled());
        src.unsplit(last);
        assert_eq!(second.0.decode(&mut src).unwrap().unwrap().len(), LONG);
        assert!(partials.lock().bytes >= 2 * LONG, "it is not being worked on yet");
        second.0.is_passed_on();
        drop(third);
        let held = partials.lock();
        assert_eq!((held.bytes, held.parts.len()), (0, 0));
    }

    #[test]
    fn small_messages_are_not_counted_and_nobody_is_cut_for_them() {
        let partials = Partials::new(0);
        let (mut gathering, cut) = connection(&partials);
        let (mut src, last) = begin(&mut gathering, UNCOUNTED_BYTES - 10);
        src.unsplit(last);
        assert!(gathering.decode(&mut src).unwrap().is_some());
        assert!(!cut.is_cancelled() && partials.lock().bytes == 0);
    }

    #[test]
    fn a_long_message_leaves_no_large_buffer_behind() {
        let partials = Partials::new(10 * LONG);
        let (mut gathering, _) = connection(&partials);
        let (mut src, last) = begin(&mut gathering, LONG);
        src.unsplit(last);
        assert!(gathering.decode(&mut src).unwrap().is_some());
        assert!(gathering.decode(&mut src).unwrap().is_none());
        assert!(src.capacity() < UNCOUNTED_BYTES, "{}", src.capacity());
    }
}
