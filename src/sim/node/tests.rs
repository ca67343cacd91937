//! A toy party on the node: a bank whose accounts tell an auditor what they took.
//!
//! No protocol and no network: what is shown is the contract.

use std::{collections::BTreeMap, time::Duration};

use super::*;
use crate::{runtime::Resident, sim::Keep};

struct Bank;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Address {
    Account(u32),
    Auditor,
}

#[derive(Debug, Clone)]
enum Letter {
    Deposit { account: u32, amount: u64, ticket: u32 },
    Close { account: u32 },
    Took { account: u32, amount: u64 },
}

#[derive(Debug, Clone, PartialEq)]
enum Record {
    Deposited { account: u32, amount: u64 },
    Audited { account: u32, amount: u64 },
    Interest { account: u32 },
}

#[derive(Debug, Clone, PartialEq)]
enum Output {
    Receipt { ticket: u32 },
    Nobody,
}

#[derive(Debug, Clone, Default)]
struct Books {
    accounts: BTreeMap<u32, u64>,
    audited: BTreeMap<u32, u64>,
    interest: u64,
}

enum Clerk {
    Account { id: u32, total: u64, interest_at: SimTime, closed: bool },
    Auditor,
}

const INTEREST: Duration = Duration::from_secs(10);

impl Party for Bank {
    const NAME: &'static str = "bank";
    type Address = Address;
    type Letter = Letter;
    type Record = Record;
    type Output = Output;
    type Resident = Clerk;
    type Disk = Books;

    fn address(letter: &Letter) -> Address {
        match letter {
            Letter::Deposit { account, .. } | Letter::Close { account } => {
                Address::Account(*account)
            }
            Letter::Took { .. } => Address::Auditor,
        }
    }

    fn kind(_: &Address) -> &'static str {
        "clerk"
    }

    fn kinds() -> &'static [&'static str] {
        &["clerk"]
    }

    fn found(letter: &Letter, now: SimTime) -> Option<Clerk> {
        match letter {
            Letter::Deposit { account, .. } => Some(account_clerk(*account, 0, now)),
            Letter::Close { .. } | Letter::Took { .. } => None,
        }
    }

    fn bounce(_: &Letter, _: SimTime, out: &mut Outbox<Self>) {
        out.emit(Output::Nobody);
    }

    fn restore(books: Books, now: SimTime, out: &mut Outbox<Self>) -> Vec<(Address, Clerk)> {
        let accounts = books.accounts.iter().map(|(id, total)| {
            let audited = books.audited.get(id).copied().unwrap_or(0);
            if *total > audited {
                out.tell(Letter::Took { account: *id, amount: total - audited });
            }
            (Address::Account(*id), account_clerk(*id, *total, now))
        });
        accounts.chain([(Address::Auditor, Clerk::Auditor)]).collect()
    }
}

fn account_clerk(id: u32, total: u64, now: SimTime) -> Clerk {
    Clerk::Account { id, total, interest_at: now + INTEREST, closed: false }
}

impl Disk<Bank> for Books {
    fn apply(&mut self, record: &Record) {
        match record {
            Record::Deposited { account, amount } => {
                *self.accounts.entry(*account).or_default() += amount;
            }
            Record::Audited { account, amount } => {
                *self.audited.entry(*account).or_default() += amount;
            }
            Record::Interest { .. } => self.interest += 1,
        }
    }
}

use crate::runtime::Disk;

impl Resident<Bank> for Clerk {
    fn handle(&mut self, _: SimTime, letter: &Letter, out: &mut Outbox<Bank>) {
        match (self, letter) {
            (Self::Account { total, .. }, Letter::Deposit { account, amount, ticket }) => {
                *total += amount;
                out.save(Record::Deposited { account: *account, amount: *amount });
                out.emit(Output::Receipt { ticket: *ticket });
                out.tell(Letter::Took { account: *account, amount: *amount });
            }
            (Self::Account { closed, .. }, Letter::Close { .. }) => *closed = true,
            (Self::Auditor, Letter::Took { account, amount }) => {
                out.save(Record::Audited { account: *account, amount: *amount });
            }
            (Self::Account { .. }, Letter::Took { .. })
            | (Self::Auditor, Letter::Deposit { .. } | Letter::Close { .. }) => {
                panic!("misdirected")
            }
        }
    }

    fn next_wake(&self) -> Option<SimTime> {
        match self {
            Self::Account { interest_at, .. } => Some(*interest_at),
            Self::Auditor => None,
        }
    }

    fn wake(&mut self, now: SimTime, out: &mut Outbox<Bank>) {
        if let Self::Account { id, interest_at, .. } = self
            && *interest_at <= now
        {
            *interest_at = now + INTEREST;
            out.save(Record::Interest { account: *id });
        }
    }

    fn is_finished(&self) -> bool {
        matches!(self, Self::Account { closed: true, .. })
    }
}

const AT: fn(u64) -> SimTime = |ms| SimTime::from_micros(ms * 1000);

fn bank(seed: u64) -> (Node<Bank>, Journal) {
    let mut journal = Journal::new(Keep::Everything);
    let mut node = Node::new(Books::default(), CommitPace::default(), Dice::new(seed, 0));
    node.start(AT(0), &mut journal);
    (node, journal)
}

fn deposit(ticket: u32) -> Letter {
    Letter::Deposit { account: ticket % 3, amount: 1, ticket }
}

/// Lets time pass up to `until`.
fn pass(node: &mut Node<Bank>, until: SimTime, journal: &mut Journal) -> Vec<Output> {
    while let Some(next) = node.next_moment().filter(|next| *next <= until) {
        node.run(next, journal);
    }
    node.take_outputs()
}

#[test]
fn an_output_waits_until_what_came_before_it_is_committed() {
    let (mut node, mut journal) = bank(1);
    node.post(AT(1), deposit(7), &mut journal);
    assert_eq!(node.take_outputs(), []);
    assert!(node.disk().accounts.is_empty());
    assert_eq!(pass(&mut node, AT(100), &mut journal), [Output::Receipt { ticket: 7 }]);
    assert_eq!(node.disk().audited, BTreeMap::from([(1, 1)]));
}

#[test]
fn what_came_while_a_commit_was_under_way_is_committed_together() {
    let (mut node, mut journal) = bank(1);
    node.post(AT(1), deposit(1), &mut journal);
    node.stall(AT(50), &mut journal);
    for ticket in 2..9 {
        node.post(AT(2), deposit(ticket), &mut journal);
    }
    assert_eq!(pass(&mut node, AT(50), &mut journal), [Output::Receipt { ticket: 1 }]);
    let ends = node.next_moment().unwrap();
    assert_eq!(pass(&mut node, ends, &mut journal).len(), 7, "one commit for seven");
}

#[test]
fn nothing_acknowledged_is_lost_in_a_crash_and_no_effect_is_without_its_cause() {
    let mut lost = 0;
    for seed in 0..200 {
        let (mut node, mut journal) = bank(seed);
        let mut receipts = 0;
        for ticket in 0..40 {
            node.post(AT(u64::from(ticket)), deposit(ticket), &mut journal);
            receipts += pass(&mut node, AT(u64::from(ticket)), &mut journal).len();
        }
        node.crash(&mut journal);
        assert_eq!(pass(&mut node, AT(99), &mut journal), [], "nobody is there");
        let Books { accounts, audited, .. } = node.disk().clone();
        let total = accounts.values().sum::<u64>();
        assert!(total >= receipts as u64, "seed {seed}");
        assert!(audited.iter().all(|(id, sum)| accounts[id] >= *sum), "seed {seed}");
        lost += 40 - total;
        node.start(AT(100), &mut journal);
        pass(&mut node, AT(200), &mut journal);
        assert_eq!(node.disk().audited, accounts, "the restart says again what was lost");
    }
    assert!(lost > 0, "no crash lost anything: nothing was tried");
}

#[test]
fn a_resident_is_woken_when_it_asked_to_be() {
    let (mut node, mut journal) = bank(1);
    node.post(AT(0), deposit(0), &mut journal);
    pass(&mut node, AT(9_999), &mut journal);
    assert_eq!(node.disk().interest, 0);
    pass(&mut node, AT(30_020), &mut journal);
    assert_eq!(node.disk().interest, 3);
}

#[test]
fn who_has_finished_is_gone_and_letters_to_it_bounce() {
    let (mut node, mut journal) = bank(1);
    node.post(AT(0), deposit(0), &mut journal);
    node.post(AT(0), Letter::Close { account: 0 }, &mut journal);
    node.post(AT(0), Letter::Close { account: 0 }, &mut journal);
    let outputs = pass(&mut node, AT(50), &mut journal);
    assert_eq!(outputs, [Output::Receipt { ticket: 0 }, Output::Nobody]);
    assert_eq!(node.population(), 1);
}

#[test]
fn one_resident_fails_and_the_others_go_on() {
    let (mut node, mut journal) = bank(1);
    node.post(AT(0), deposit(0), &mut journal);
    node.post(AT(0), deposit(1), &mut journal);
    assert!(node.fail(&Address::Account(1), AT(1), &mut journal));
    assert!(!node.fail(&Address::Account(9), AT(1), &mut journal));
    node.post(AT(2), deposit(4), &mut journal);
    assert_eq!(pass(&mut node, AT(50), &mut journal).len(), 3);
    let total = node.residents().find_map(|(address, clerk)| match (address, clerk) {
        (Address::Account(1), Clerk::Account { total, .. }) => Some(*total),
        _ => None,
    });
    assert_eq!(total, Some(2), "made anew from what was committed");
}

#[test]
fn the_same_seed_gives_the_same_log() {
    let log = |seed| {
        let (mut node, mut journal) = bank(seed);
        for ticket in 0..30 {
            node.post(AT(u64::from(ticket)), deposit(ticket), &mut journal);
            pass(&mut node, AT(u64::from(ticket)), &mut journal);
        }
        node.crash(&mut journal);
        journal.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(log(5), log(5));
    assert_ne!(log(5), log(6), "the seed decides nothing");
}
