//! One side's numbered messages: which of its own were seen, and which of ours
//! it has not acked.
//!
//! When to send is not decided here; that is the volatile half of the link.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    basis::Seq,
    link::{SeqRanges, SeqRow},
    wire::Numbered,
};

/// Gaps in a client's numbers that are remembered. A client that counts by one
/// has as many as it has messages in flight that were lost.
const RANGES_MAX: usize = 65_536;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mailbag<E> {
    /// Commands that were done.
    seen: SeqRanges,
    /// Acks that go out with what is said next; a command that is not acked comes again.
    #[serde(skip)]
    acks: Vec<Seq>,
    unacked: SeqRow<E>,
}

impl<E> Mailbag<E> {
    pub(super) fn new() -> Self {
        let (seen, acks) = (SeqRanges::new(RANGES_MAX), Vec::new());
        Self { seen, acks, unacked: SeqRow::new() }
    }

    /// Keeps the commands that were never seen, and has to be told of each of them
    /// that it is done; the others are counted, and acked again. Where there is no
    /// room for what they lead to, none is kept.
    pub(in crate::world::model) fn sift<C: Clone>(
        &mut self,
        commands: &Arc<Vec<Numbered<C>>>,
        is_full: bool,
    ) -> (Arc<Vec<Numbered<C>>>, usize) {
        if is_full {
            return (Arc::default(), 0);
        }
        let fresh_count = commands.iter().take_while(|it| self.is_fresh(it.seq)).count();
        if fresh_count == commands.len() {
            return (Arc::clone(commands), 0);
        }
        let (fresh, others) = commands.split_at(fresh_count);
        let others = others.iter().skip(1).filter(|it| self.is_fresh(it.seq));
        let fresh: Vec<_> = fresh.iter().chain(others).cloned().collect();
        let duplicates = commands.len() - fresh.len();
        (Arc::new(fresh), duplicates)
    }

    fn is_fresh(&mut self, seq: Seq) -> bool {
        let is_fresh = self.seen.insert(seq);
        if !is_fresh {
            self.acks.push(seq);
        }
        is_fresh
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

    /// A command is done.
    pub(super) fn settle(&mut self, seq: Seq) {
        self.seen.insert(seq);
        self.acks.push(seq);
    }

    pub(super) fn put(&mut self, seq: Seq, event: E) {
        self.unacked.insert(seq, event);
    }

    pub(super) fn acknowledge(&mut self, seq: Seq) -> bool {
        self.unacked.remove(seq).is_some()
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

    fn commands(seqs: &[i64]) -> Arc<Vec<Numbered<()>>> {
        Arc::new(seqs.iter().map(|seq| Numbered::new(Seq(*seq), ())).collect())
    }

    #[test]
    fn what_was_seen_is_sifted_out_wherever_it_stands() {
        let mut mail = Mailbag::<()>::new();
        let mut sift = |seqs: &[i64]| {
            let (fresh, duplicates) = mail.sift(&commands(seqs), false);
            let fresh: Vec<i64> = fresh.iter().map(|it| it.seq.0).collect();
            fresh.iter().for_each(|seq| mail.settle(Seq(*seq)));
            (fresh, duplicates, mail.take_acks().into_iter().map(|seq| seq.0).collect::<Vec<_>>())
        };
        assert_eq!(sift(&[5, 3, 5]), (vec![5, 3], 1, vec![3, 5]));
        assert_eq!(sift(&[3, 4, 5, 6]), (vec![4, 6], 2, vec![3, 4, 5, 6]));
        assert_eq!(sift(&[7, 8]), (vec![7, 8], 0, vec![7, 8]));
        assert_eq!(sift(&[8, 8]), (vec![], 2, vec![8]));
        assert_eq!(mail.sift(&commands(&[9]), true).0.len(), 0);
        assert_eq!(mail.sift(&commands(&[9]), false).0.len(), 1, "it was not seen while full");
    }
}
