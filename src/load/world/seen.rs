//! Which of many commands something was heard of.
//!
//! What was heard is the run's to know.

use anyhow::Context as _;

/// Which of the commands something was heard of, however often.
pub(super) struct Seen {
    is_seen: Vec<bool>,
    pub(super) count: u64,
}

impl Seen {
    pub(super) fn of(commands: u64) -> anyhow::Result<Self> {
        let size = usize::try_from(commands).context("more commands than fit in memory")?;
        Ok(Self { is_seen: vec![false; size], count: 0 })
    }

    /// Numbers that are none of the commands are somebody else's: the purchase's, or wrong.
    /// One that is heard of for the first time is given back.
    pub(super) fn see(&mut self, index: i64) -> Option<u64> {
        let slot = self.is_seen.get_mut(usize::try_from(index).ok()?)?;
        if std::mem::replace(slot, true) {
            return None;
        }
        self.count += 1;
        u64::try_from(index).ok()
    }

    pub(super) fn contains(&self, index: u64) -> bool {
        usize::try_from(index).is_ok_and(|index| self.is_seen.get(index) == Some(&true))
    }
}
