//! A party in virtual time: its residents, their mail, its ledger and its disk.
//!
//! It runs any [`Party`] the way `runtime` does, with time handed in: letters
//! between residents arrive at once, two residents that both have mail take
//! turns in an order that chance decides, records are committed in batches
//! that take a while, and outputs wait for them. It performs no output: who
//! owns the node fetches them.
//!
//! ```text
//!   post ──▶ mailboxes ──▶ residents ──▶ waiting ──▶ batch under way ──▶ disk
//!                ▲             │                           │
//!                └── letters ──┘                           └──▶ outputs, when it has ended
//! ```
//!
//! A crash leaves nothing but the disk. Whether the batch that was under way
//! reached it is a matter of chance, as it is when a database's answer is lost.

mod ledger;
mod wakes;

use std::collections::{BTreeMap, VecDeque};

use super::{Dice, Journal};
use crate::{
    basis::SimTime,
    runtime::{Disk as _, Outbox, Party, Resident as _},
};
pub use ledger::CommitPace;
use ledger::Ledger;
use wakes::Wakes;

/// Calls of residents at one moment before the node counts as running in circles.
const CALLS_AT_A_MOMENT_MAX: u32 = 200_000;

/// A party that can be crashed.
pub struct Node<P: Party> {
    disk: P::Disk,
    committed: Vec<P::Record>,
    live: Option<Live<P>>,
    pace: CommitPace,
    dice: Dice,
}

/// What a crash ends.
struct Live<P: Party> {
    residents: BTreeMap<P::Address, P::Resident>,
    /// Never an empty one.
    mailboxes: BTreeMap<P::Address, VecDeque<P::Letter>>,
    wakes: Wakes<P::Address>,
    ledger: Ledger<P>,
    moment: (SimTime, u32),
}

impl<P: Party> Node<P> {
    /// A party that has not been started, with what is committed at the beginning.
    pub fn new(disk: P::Disk, pace: CommitPace, dice: Dice) -> Self {
        Self { disk, committed: Vec::new(), live: None, pace, dice }
    }

    pub fn is_up(&self) -> bool {
        self.live.is_some()
    }

    /// The state that is committed.
    pub fn disk(&self) -> &P::Disk {
        &self.disk
    }

    /// How many residents there are.
    pub fn population(&self) -> usize {
        self.live.as_ref().map_or(0, |live| live.residents.len())
    }

    /// Who lives here, in order.
    pub fn residents(&self) -> impl Iterator<Item = (&P::Address, &P::Resident)> {
        self.live.iter().flat_map(|live| &live.residents)
    }

    /// Brings everybody to life from what is committed. A node that is up stays as it is.
    pub fn start(&mut self, now: SimTime, journal: &mut Journal) {
        if self.live.is_some() {
            return;
        }
        let mut out = Outbox::new();
        let residents = P::restore(self.disk.clone(), now, &mut out);
        journal.note(P::NAME, format_args!("starts with {} residents", residents.len()));
        let mut live = Live::new();
        for (address, resident) in residents {
            live.settle(address, resident);
        }
        live.hand_on(now, &mut out);
        self.live = Some(live);
        self.run(now, journal);
    }

    /// Ends everybody and everything that is not committed.
    pub fn crash(&mut self, journal: &mut Journal) {
        let Some(mut live) = self.live.take() else { return };
        let lost = live.ledger.groups_waiting();
        let in_doubt = live.ledger.give_up();
        let made_it = !in_doubt.is_empty() && self.dice.chance(0.5);
        if made_it {
            in_doubt.iter().for_each(|record| self.disk.apply(record));
        }
        let in_doubt_count = in_doubt.len();
        if made_it {
            self.committed.extend(in_doubt);
        }
        journal.note(
            P::NAME,
            format_args!(
                "crashes; {lost} groups lost, a batch of {} records {}",
                in_doubt_count,
                if made_it { "was committed" } else { "was not" }
            ),
        );
    }

    /// Fails one resident, as a panic would: it is made anew from what is
    /// committed, others go on, its mail is kept. False where nobody lives there.
    pub fn fail(&mut self, address: &P::Address, now: SimTime, journal: &mut Journal) -> bool {
        let Some(live) = &mut self.live else { return false };
        if !live.residents.contains_key(address) {
            return false;
        }
        live.ledger.flush(&mut self.disk, &mut self.committed);
        let mut out = Outbox::new();
        let residents = P::restore(self.disk.clone(), now, &mut out);
        let mine = residents.into_iter().find(|(other, _)| other == address);
        journal.note(P::NAME, format_args!("{address:?} fails; known: {}", mine.is_some()));
        live.wakes.forget(address);
        match mine {
            Some((address, resident)) => {
                live.residents.remove(&address);
                live.settle(address.clone(), resident);
                let said = out.letters.drain(..).filter(|letter| P::address(letter) == address);
                for letter in said.collect::<Vec<_>>() {
                    live.post(now, letter);
                }
            }
            None => {
                live.residents.remove(address);
                for letter in live.mailboxes.remove(address).into_iter().flatten() {
                    live.bounce(now, &letter);
                }
            }
        }
        self.run(now, journal);
        true
    }

    /// Holds the commit that is under way, or the next one, back until then.
    pub fn stall(&mut self, until: SimTime, journal: &mut Journal) {
        if let Some(live) = &mut self.live {
            journal.note(P::NAME, format_args!("the database stalls until {until}"));
            live.ledger.stall(until);
        }
    }

    /// A letter from outside. Lost where the node is down.
    pub fn post(&mut self, now: SimTime, letter: P::Letter, journal: &mut Journal) {
        if let Some(live) = &mut self.live {
            live.post(now, letter);
            self.run(now, journal);
        }
    }

    /// When something happens here next by itself.
    pub fn next_moment(&self) -> Option<SimTime> {
        let live = self.live.as_ref()?;
        [live.wakes.next(), live.ledger.ends()].into_iter().flatten().min()
    }

    /// Lets everything happen that is due.
    pub fn run(&mut self, now: SimTime, journal: &mut Journal) {
        let Self { disk, committed, live: Some(live), pace, dice } = self else { return };
        loop {
            if live.ledger.is_due(now) {
                live.ledger.end_commit(disk, committed, journal);
            }
            live.wake(now, journal);
            live.deliver(now, dice, journal);
            live.ledger.begin_commit(now, pace, dice);
            if !live.ledger.is_due(now) {
                return;
            }
        }
    }

    /// What has been committed since it was last asked, in order, also what a
    /// crash left in doubt and made it.
    pub fn take_committed(&mut self) -> Vec<P::Record> {
        std::mem::take(&mut self.committed)
    }

    /// What has left the party since it was last asked, in order.
    pub fn take_outputs(&mut self) -> Vec<P::Output> {
        self.live.as_mut().map(|live| live.ledger.take_released()).unwrap_or_default()
    }
}

impl<P: Party> Live<P> {
    fn new() -> Self {
        Self {
            residents: BTreeMap::new(),
            mailboxes: BTreeMap::new(),
            wakes: Wakes::new(),
            ledger: Ledger::new(),
            moment: (SimTime::ZERO, 0),
        }
    }

    fn settle(&mut self, address: P::Address, resident: P::Resident) {
        self.wakes.set(&address, resident.next_wake());
        self.residents.insert(address, resident);
    }

    fn post(&mut self, now: SimTime, letter: P::Letter) {
        let address = P::address(&letter);
        if !self.residents.contains_key(&address) {
            match P::found(&letter, now) {
                Some(newcomer) => self.settle(address.clone(), newcomer),
                None => return self.bounce(now, &letter),
            }
        }
        self.mailboxes.entry(address).or_default().push_back(letter);
    }

    fn bounce(&mut self, now: SimTime, letter: &P::Letter) {
        let mut out = Outbox::new();
        P::bounce(letter, now, &mut out);
        self.hand_on(now, &mut out);
    }

    /// First the ledger, then the letters: what a letter causes is committed after its cause.
    fn hand_on(&mut self, now: SimTime, out: &mut Outbox<P>) {
        self.ledger.enter(out);
        for letter in out.letters.drain(..) {
            self.post(now, letter);
        }
    }

    fn wake(&mut self, now: SimTime, journal: &mut Journal) {
        while let Some(address) = self.wakes.take_due(now) {
            let Some(mut resident) = self.residents.remove(&address) else { continue };
            let mut out = Outbox::new();
            resident.wake(now, &mut out);
            if !out.is_empty() {
                journal.note(P::NAME, format_args!("{address:?} wakes"));
            }
            self.conclude(now, address, resident, &mut out);
        }
    }

    /// Delivers mail until there is none, residents taking turns at random.
    fn deliver(&mut self, now: SimTime, dice: &mut Dice, journal: &mut Journal) {
        while !self.mailboxes.is_empty() {
            let nth = dice.below(self.mailboxes.len());
            let Some(address) = self.mailboxes.keys().nth(nth).cloned() else { return };
            let Some(letter) = self.take_letter(&address) else { return };
            let Some(mut resident) = self.residents.remove(&address) else {
                self.bounce(now, &letter);
                continue;
            };
            let mut out = Outbox::new();
            journal.note(P::NAME, format_args!("{address:?} takes {letter:?}"));
            resident.handle(now, &letter, &mut out);
            self.conclude(now, address, resident, &mut out);
        }
    }

    fn take_letter(&mut self, address: &P::Address) -> Option<P::Letter> {
        let mailbox = self.mailboxes.get_mut(address)?;
        let letter = mailbox.pop_front();
        if mailbox.is_empty() {
            self.mailboxes.remove(address);
        }
        letter
    }

    /// Puts a resident back after a call, or lets it leave where it has finished.
    fn conclude(
        &mut self,
        now: SimTime,
        address: P::Address,
        resident: P::Resident,
        out: &mut Outbox<P>,
    ) {
        self.count_call(now, &address);
        if !resident.is_finished() {
            self.wakes.set(&address, resident.next_wake());
            self.residents.insert(address, resident);
            return self.hand_on(now, out);
        }
        self.wakes.forget(&address);
        self.hand_on(now, out);
        // What is in its mailbox goes to whoever lives there from now on, or bounces.
        for letter in self.mailboxes.remove(&address).into_iter().flatten() {
            self.post(now, letter);
        }
    }

    fn count_call(&mut self, now: SimTime, address: &P::Address) {
        let calls = if self.moment.0 == now { self.moment.1 + 1 } else { 0 };
        self.moment = (now, calls);
        assert!(
            calls < CALLS_AT_A_MOMENT_MAX,
            "{} runs in circles at {now}; the last called was {address:?}",
            P::NAME
        );
    }
}

#[cfg(test)]
mod tests;
