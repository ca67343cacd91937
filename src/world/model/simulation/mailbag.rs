//! One side's numbered messages: which of its own were seen, and which of ours
//! it has not acked.
//!
//! When to send is not decided here; that is the volatile half of the link.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    basis::Seq,
    link::{SeqRanges, SeqRow},
    wire::Numbered,
    world::model::weight::Weigh,
};

/// Gaps in a client's numbers that are remembered. A client that counts by one
/// has as many as it has messages in flight that were lost; one that takes random
/// numbers, which some do, has as many as it ever sent commands. Fewer in our tests,
/// which fill them.
const RANGES_MAX: usize = if cfg!(test) { 65_536 } else { 1_000_000 };

/// What the answer to a command weighs at most, one that quotes a text too.
const ANSWER_BYTES_MAX: usize = 1_024;

/// What the number of a command says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    New,
    /// It was done.
    Repeated,
    /// It may have been done: there were too many gaps to remember this one.
    Forgotten,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mailbag<E> {
    /// Commands that were done.
    seen: SeqRanges,
    /// Acks that go out with what is said next; a command that is not acked comes again.
    #[serde(skip)]
    acks: Vec<Seq>,
    unacked: SeqRow<E>,
    /// What they weigh.
    bytes: usize,
}

impl<E: Weigh> Mailbag<E> {
    pub(super) fn new() -> Self {
        let (seen, acks) = (SeqRanges::new(RANGES_MAX), Vec::new());
        Self { seen, acks, unacked: SeqRow::new(), bytes: 0 }
    }

    /// Keeps the commands that are to be done, up to as many as there is room for: they
    /// go into the log. Those that were done are counted, and acked again; those that find
    /// no room are left alone, and come again.
    pub(in crate::world::model) fn sift<C: Clone>(
        &mut self,
        commands: &Arc<Vec<Numbered<C>>>,
        room: usize,
    ) -> (Arc<Vec<Numbered<C>>>, usize) {
        let (mut left, mut duplicates) = (room, 0);
        // Numbers that rise are not repeated, nearly always.
        let rises = commands.windows(2).all(|pair| pair[0].seq < pair[1].seq);
        let mut met = (!rises).then(BTreeSet::new);
        let mut passes = |seq: Seq| {
            if self.is_done(seq) || met.as_ref().is_some_and(|met| met.contains(&seq)) {
                self.owe(seq);
                duplicates += 1;
                return false;
            }
            let has_room = left > 0;
            if has_room {
                left -= 1;
                met.as_mut().map(|met| met.insert(seq));
            }
            has_room
        };
        let passed_count = commands.iter().take_while(|it| passes(it.seq)).count();
        if passed_count == commands.len() {
            return (Arc::clone(commands), 0);
        }
        let (passed, others) = commands.split_at(passed_count);
        let others = others.iter().skip(1).filter(|it| passes(it.seq));
        let kept: Vec<_> = passed.iter().chain(others).cloned().collect();
        (Arc::new(kept), duplicates)
    }

    fn is_done(&self, seq: Seq) -> bool {
        self.seen.contains(seq) && !self.seen.is_blurred(seq)
    }

    /// A command comes out of the log: its number is taken from now on, and acked.
    pub(super) fn take(&mut self, seq: Seq) -> Number {
        self.owe(seq);
        if self.seen.is_blurred(seq) {
            Number::Forgotten
        } else if self.seen.insert(seq) {
            Number::New
        } else {
            Number::Repeated
        }
    }

    /// An ack is owed; a client that says the same over and over, until a tick, is owed one.
    fn owe(&mut self, seq: Seq) {
        if self.acks.len() == self.acks.capacity() {
            self.acks.sort_unstable();
            self.acks.dedup();
            // Where that made no room there is none to be made for a while.
            self.acks.reserve(self.acks.len() + 1);
        }
        self.acks.push(seq);
    }

    /// The acks that are owed, each once however often it was asked for.
    pub(in crate::world::model) fn take_acks(&mut self) -> Vec<Seq> {
        let mut acks = std::mem::take(&mut self.acks);
        acks.sort_unstable();
        acks.dedup();
        acks
    }

    pub(in crate::world::model) fn message(&self, seq: Seq) -> Option<&E> {
        self.unacked.get(seq)
    }

    pub(super) fn put(&mut self, seq: Seq, event: E) {
        self.bytes += event.weight();
        self.unacked.insert(seq, event);
    }

    pub(super) fn acknowledge(&mut self, seq: Seq) -> bool {
        let event = self.unacked.remove(seq);
        self.bytes -= event.as_ref().map_or(0, E::weight);
        event.is_some()
    }

    /// How many commands may be done, each of which may lead to a message at once, so
    /// that the messages stay about as many and as heavy as they may be.
    pub(super) fn room(&self, count_max: usize, bytes_max: usize) -> usize {
        let by_bytes = bytes_max.saturating_sub(self.bytes).div_ceil(ANSWER_BYTES_MAX);
        count_max.saturating_sub(self.unacked.len()).min(by_bytes)
    }

    #[cfg(any(test, fuzzing))]
    pub(super) fn check_bytes(&self) {
        assert_eq!(self.bytes, self.unacked.iter().map(|(_, it)| it.weight()).sum::<usize>());
    }

    /// Runs of consecutive numbers that are remembered.
    pub(super) fn runs_count(&self) -> usize {
        self.seen.range_count()
    }

    pub(super) fn unacked_count(&self) -> usize {
        self.unacked.len()
    }

    pub(super) fn unacked(&self) -> impl Iterator<Item = Seq> {
        self.unacked.iter().map(|(seq, _)| seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ups;

    fn commands(seqs: &[i64]) -> Arc<Vec<Numbered<()>>> {
        Arc::new(seqs.iter().map(|seq| Numbered::new(Seq(*seq), ())).collect())
    }

    #[test]
    fn what_was_done_is_sifted_out_wherever_it_stands() {
        let mut mail = Mailbag::<ups::Event>::new();
        let mut sift = |seqs: &[i64]| {
            let (kept, duplicates) = mail.sift(&commands(seqs), usize::MAX);
            let kept: Vec<i64> = kept.iter().map(|it| it.seq.0).collect();
            kept.iter().for_each(|seq| assert_eq!(mail.take(Seq(*seq)), Number::New));
            (kept, duplicates, mail.take_acks().into_iter().map(|seq| seq.0).collect::<Vec<_>>())
        };
        assert_eq!(sift(&[5, 3, 5]), (vec![5, 3], 1, vec![3, 5]));
        assert_eq!(sift(&[3, 4, 5, 6]), (vec![4, 6], 2, vec![3, 4, 5, 6]));
        assert_eq!(sift(&[7, 8]), (vec![7, 8], 0, vec![7, 8]));
        assert_eq!(sift(&[8, 8]), (vec![], 2, vec![8]));
    }

    #[test]
    fn numbers_without_order_are_remembered_for_long() {
        let mut mail = Mailbag::<ups::Event>::new();
        let even = |n: usize| Seq(i64::try_from(2 * n).unwrap());
        assert!((0..=RANGES_MAX).all(|n| mail.take(even(n)) == Number::New));
        assert_eq!(mail.runs_count(), RANGES_MAX);
        assert_eq!(mail.take(Seq(1)), Number::Forgotten, "between the lowest");
        assert_eq!((mail.take(Seq(0)), mail.take(Seq(3))), (Number::Repeated, Number::New));
        assert_eq!(mail.take(even(RANGES_MAX)), Number::Repeated);
    }

    #[test]
    fn one_ack_is_owed_however_often_it_is_asked_for() {
        let mut mail = Mailbag::<ups::Event>::new();
        mail.take(Seq(1));
        for _ in 0..1_000 {
            mail.sift(&commands(&[1; 100]), usize::MAX);
        }
        assert!(mail.acks.capacity() < 100, "{}", mail.acks.capacity());
        assert_eq!(mail.take_acks(), [Seq(1)]);
    }

    #[test]
    fn what_finds_no_room_is_not_acked_and_may_come_again() {
        let mut mail = Mailbag::<ups::Event>::new();
        mail.take(Seq(1));
        mail.take_acks();
        let (kept, duplicates) = mail.sift(&commands(&[1, 4, 3, 4, 3]), 1);
        assert_eq!((kept.as_slice(), duplicates), (commands(&[4]).as_slice(), 2));
        assert_eq!(mail.take_acks(), [Seq(1), Seq(4)], "3 found no room, twice");
        assert_eq!(mail.sift(&commands(&[3]), 0).0.len(), 0);
        assert_eq!(mail.sift(&commands(&[3]), 1).0.len(), 1);
    }
}
