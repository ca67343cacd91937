//! A tap on a party's links: notes each message as it passes, and reads the last ones to
//! those who ask.
//!
//! What is in a message is found out in [`Tape`](crate::wire::tape::Tape), when somebody
//! reads it and away from the threads that serve.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use tokio::sync::watch;

use crate::{
    basis::SimTime,
    runtime::Admission,
    wire::tape::{Heard, Shown, Tape, TapeFilter, TapeLimits, Taped, Way},
};

/// Readers at once: each may decode everything that is kept.
const READERS_MAX: usize = 4;
/// Messages that are copied out at once, so that who writes never waits long.
const CHUNK: usize = 256;

/// A handle to the last messages; cheap to clone.
#[derive(Clone)]
pub struct Tap {
    tape: Arc<Mutex<Tape>>,
    newest: Arc<watch::Sender<u64>>,
    readers: Admission,
}

/// A message and what is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    pub message: Taped,
    pub shown: Shown,
}

/// Some messages of those that are wanted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    pub messages: Vec<Read>,
    /// Where to go on; None: there are no more at present.
    pub next: Option<u64>,
}

/// Too many read at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many read the messages at once")]
pub struct TooManyReaders;

impl Tap {
    pub fn new(limits: TapeLimits) -> Self {
        Self {
            tape: Arc::new(Mutex::new(Tape::new(limits))),
            newest: Arc::new(watch::Sender::new(0)),
            readers: Admission::new(READERS_MAX),
        }
    }

    /// Notes a message that has come or goes.
    pub fn note(&self, heard: Heard) {
        let id = self.tape().note(wall_clock(), heard);
        self.newest.send_if_modified(|newest| {
            *newest = (*newest).max(id);
            self.newest.receiver_count() > 0
        });
    }

    /// The wanted ones before that number, the newest first; None: from the newest.
    pub async fn before(
        &self,
        filter: TapeFilter,
        id: Option<u64>,
        max: usize,
    ) -> Result<Reading, TooManyReaders> {
        self.read(move |tape| newest_first(tape, &filter, (0, id), max)).await
    }

    /// The wanted ones after that number, the newest first; what is older is not looked at.
    pub async fn newest_after(
        &self,
        filter: TapeFilter,
        id: u64,
        max: usize,
    ) -> Result<Reading, TooManyReaders> {
        self.read(move |tape| newest_first(tape, &filter, (id, None), max)).await
    }

    /// The wanted ones after that number, the oldest first.
    pub async fn after(
        &self,
        filter: TapeFilter,
        id: u64,
        max: usize,
    ) -> Result<Reading, TooManyReaders> {
        self.read(move |tape| oldest_first(tape, &filter, id, max)).await
    }

    /// When the last message on a link in a direction was, of those that are kept.
    pub fn last_at(&self, link: &str, way: Way) -> Option<SimTime> {
        self.tape().last(link, way).map(|message| message.at)
    }

    /// The number of the newest message, now and whenever there is a newer one.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// The same at this moment.
    pub fn id_last(&self) -> u64 {
        self.tape().id_last()
    }

    async fn read(
        &self,
        reading: impl FnOnce(&Mutex<Tape>) -> Reading + Send + 'static,
    ) -> Result<Reading, TooManyReaders> {
        let permit = self.readers.enter().ok_or(TooManyReaders)?;
        let tape = Arc::clone(&self.tape);
        let reading = tokio::task::spawn_blocking(move || {
            let reading = reading(&tape);
            drop(permit);
            reading
        });
        // One that panicked has read nothing.
        Ok(reading.await.unwrap_or_default())
    }

    fn tape(&self) -> MutexGuard<'_, Tape> {
        lock(&self.tape)
    }
}

impl Default for Tap {
    fn default() -> Self {
        Self::new(TapeLimits::default())
    }
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tap").field("messages", &self.tape().len()).finish_non_exhaustive()
    }
}

fn lock(tape: &Mutex<Tape>) -> MutexGuard<'_, Tape> {
    tape.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Those between two numbers, neither of them included.
fn newest_first(
    tape: &Mutex<Tape>,
    filter: &TapeFilter,
    (after, before): (u64, Option<u64>),
    max: usize,
) -> Reading {
    let (mut before, mut messages) = (before, Vec::new());
    loop {
        let chunk = lock(tape).before(before, CHUNK);
        let Some(oldest) = chunk.last().map(|message| message.id) else { break };
        before = Some(oldest);
        for message in chunk {
            if message.id <= after {
                return Reading { messages, next: None };
            }
            let Some(shown) = filter.admit(&message) else { continue };
            if messages.len() == max {
                let next = messages.last().map(|read: &Read| read.message.id);
                return Reading { messages, next };
            }
            messages.push(Read { message, shown });
        }
    }
    Reading { messages, next: None }
}

fn oldest_first(tape: &Mutex<Tape>, filter: &TapeFilter, id: u64, max: usize) -> Reading {
    let (mut after, mut messages) = (id, Vec::new());
    loop {
        let chunk = lock(tape).after(after, CHUNK);
        let is_last = chunk.len() < CHUNK;
        for message in chunk {
            if messages.len() == max {
                return Reading { messages, next: Some(after) };
            }
            after = message.id;
            messages.extend(filter.admit(&message).map(|shown| Read { message, shown }));
        }
        if is_last {
            return Reading { messages, next: None };
        }
    }
}

fn wall_clock() -> SimTime {
    SimTime::ZERO + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tape::Form;

    fn heard(n: usize) -> Heard {
        let (way, form) = (if n.is_multiple_of(2) { Way::Sent } else { Way::Received }, Form::Json);
        let bytes = format!("{{\"shipment_id\": {n}}}").into_bytes().into();
        Heard { link: "carrier", way, form, name: "POST /".into(), bytes }
    }

    fn ids(reading: &Reading) -> Vec<u64> {
        reading.messages.iter().map(|read| read.message.id).collect()
    }

    #[tokio::test]
    async fn parts_of_what_is_wanted_neither_repeat_nor_skip() {
        let tap = Tap::default();
        (1..=1_000).for_each(|n| tap.note(heard(n)));
        let sent = TapeFilter { way: Some(Way::Sent), ..TapeFilter::default() };
        let first = tap.before(sent.clone(), None, 2).await.unwrap();
        assert_eq!((ids(&first), first.next), (vec![1_000, 998], Some(998)));
        let second = tap.before(sent.clone(), first.next, 499).await.unwrap();
        assert_eq!((second.messages.len(), second.next), (498, None));
        assert_eq!(second.messages[0].message.id, 996);
        let forth = tap.after(sent.clone(), 10, 2).await.unwrap();
        assert_eq!(ids(&forth), [12, 14]);
        let rest = tap.after(sent, forth.next.unwrap(), 1_000).await.unwrap();
        assert_eq!((rest.messages[0].message.id, rest.messages.len(), rest.next), (16, 493, None));
        let sent = TapeFilter { way: Some(Way::Sent), ..TapeFilter::default() };
        let new = tap.newest_after(sent.clone(), 996, 2).await.unwrap();
        assert_eq!(
            (ids(&new), new.next),
            (vec![1_000, 998], None),
            "what is older is not left out"
        );
        let new = tap.newest_after(sent, 994, 2).await.unwrap();
        assert_eq!((ids(&new), new.next), (vec![1_000, 998], Some(998)));
    }

    #[tokio::test]
    async fn one_message_is_found_among_all() {
        let tap = Tap::default();
        (1..=1_000).for_each(|n| tap.note(heard(n)));
        let about = TapeFilter { package: Some(3), ..TapeFilter::default() };
        let found = tap.before(about, None, 50).await.unwrap();
        assert_eq!((ids(&found), found.next), (vec![3], None));
    }

    #[tokio::test]
    async fn who_follows_hears_of_each_new_message() {
        let tap = Tap::default();
        let mut newest = tap.newest();
        tap.note(heard(1));
        newest.changed().await.unwrap();
        assert_eq!(*newest.borrow_and_update(), 1);
    }
}
