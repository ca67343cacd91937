//! The contract between a model and whoever drives it.
//!
//! A party (the store, say) consists of *residents*: small state machines, one
//! for each package, truck or connection, each at an *address*. They write to
//! each other in *letters*. A resident that takes a letter fills one
//! [`Outbox`]: letters to others, *records* that must become durable, and
//! *outputs*, which leave the party (a frame to a socket, an answer to a
//! request).
//!
//! ```text
//!            letter                         letters
//!   ───────────────────▶  Resident::handle ─────────▶ other residents, at once
//!    wake(now)                  │
//!   ───────────────────▶        ├── records ──▶ ledger ──▶ committed
//!                               └── outputs ────────────────────┴──▶ the outside
//! ```
//!
//! Three rules make a crash at any moment harmless:
//!
//! 1. The records of one call are committed together or not at all.
//! 2. Groups of records are committed in the order in which they were made, and
//!    a letter is delivered only after its sender's group is in that order. So
//!    what is committed is always a past that was: never an effect without its
//!    cause.
//! 3. An output leaves only when everything made before it is committed.
//!
//! Letters are not durable. What a lost letter would have caused is derived
//! again from the committed state by [`Party::restore`].

use std::{fmt::Debug, hash::Hash};

use crate::basis::SimTime;

/// One of the services, described by its types; never a value.
pub trait Party: Sized + Send + Sync + 'static {
    /// The service's name in metrics, logs and actor names.
    const NAME: &'static str;

    /// Where a resident lives.
    type Address: Clone + Ord + Hash + Debug + Send + Sync + 'static;
    /// A message between residents, or from the outside to one.
    type Letter: Debug + Send + Sync + 'static;
    /// A change to the committed state.
    type Record: Debug + Clone + PartialEq + Send + Sync + 'static;
    /// What leaves the party.
    type Output: Debug + Clone + PartialEq + Send + 'static;
    /// The enum of all residents.
    type Resident: Resident<Self>;
    /// The committed state, as far as [`Self::restore`] needs it.
    type Disk: Disk<Self>;

    /// The addressee, as the letter itself names it.
    fn address(letter: &Self::Letter) -> Self::Address;

    /// The kind of actor at an address, for metrics: few and fixed.
    fn kind(address: &Self::Address) -> &'static str;

    /// Every kind there is.
    fn kinds() -> &'static [&'static str];

    /// Whom the letter founds when nobody lives at its address, if anybody.
    fn found(letter: &Self::Letter, now: SimTime) -> Option<Self::Resident>;

    /// What happens to a letter whose addressee does not exist (any more).
    fn bounce(letter: &Self::Letter, now: SimTime, out: &mut Outbox<Self>);

    /// Who lives where, given what is committed; starting and recovering are
    /// the same. The outbox takes what has to be said again.
    fn restore(
        disk: Self::Disk,
        now: SimTime,
        out: &mut Outbox<Self>,
    ) -> Vec<(Self::Address, Self::Resident)>;
}

/// A party's committed state in memory.
///
/// In virtual time it is the storage itself, changed record by record; live it
/// is what [`Durable::load`](super::Durable::load) reads from PostgreSQL. A test
/// of each party shows that the two agree.
pub trait Disk<P: Party>: Default + Clone + std::fmt::Debug + Send + 'static {
    fn apply(&mut self, record: &P::Record);
}

/// A state machine without input, output or clock of its own.
///
/// It can not fail: a request that it can not fulfil becomes an output that
/// says so, and a broken invariant of ours is an `assert!`.
pub trait Resident<P: Party>: Send + 'static {
    /// Takes in one letter. `now` never goes back.
    fn handle(&mut self, now: SimTime, letter: &P::Letter, out: &mut Outbox<P>);

    /// When it wants to be woken, if at all. Asked after every call.
    fn next_wake(&self) -> Option<SimTime>;

    /// Does what is due. May be called early, and then does nothing.
    fn wake(&mut self, now: SimTime, out: &mut Outbox<P>);

    /// Whether nothing is left to do here; the address is then given up.
    fn is_finished(&self) -> bool {
        false
    }
}

/// Who waits outside for an answer; plain data, so that effects can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyId(pub u64);

/// What one call of a resident brought about.
pub struct Outbox<P: Party> {
    /// To be delivered inside the party, in order, at once.
    pub letters: Vec<P::Letter>,
    /// To be committed together.
    pub records: Vec<P::Record>,
    /// To leave the party once everything before is committed.
    pub outputs: Vec<P::Output>,
}

impl<P: Party> Outbox<P> {
    pub fn new() -> Self {
        Self { letters: Vec::new(), records: Vec::new(), outputs: Vec::new() }
    }

    /// Writes to another resident.
    pub fn tell(&mut self, letter: impl Into<P::Letter>) {
        self.letters.push(letter.into());
    }

    /// Asks for a change to be committed.
    pub fn save(&mut self, record: P::Record) {
        self.records.push(record);
    }

    /// Sends something out of the party.
    pub fn emit(&mut self, output: P::Output) {
        self.outputs.push(output);
    }

    pub fn is_empty(&self) -> bool {
        self.letters.is_empty() && self.records.is_empty() && self.outputs.is_empty()
    }

    pub fn clear(&mut self) {
        self.letters.clear();
        self.records.clear();
        self.outputs.clear();
    }
}

impl<P: Party> Default for Outbox<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Party> Debug for Outbox<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox")
            .field("letters", &self.letters)
            .field("records", &self.records)
            .field("outputs", &self.outputs)
            .finish()
    }
}
