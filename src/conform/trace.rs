//! What went over the wire in one check, line by line, for people to read.
//!
//! It decides nothing, and it forgets the middle of a long story.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

const FIRST_LINES_MAX: usize = 40;
const LAST_LINES_MAX: usize = 80;
const LINE_CHARS_MAX: usize = 400;

/// The story of one check; its clones write into the same one.
#[derive(Debug, Clone)]
pub struct Trace {
    started: Instant,
    story: Arc<Mutex<Story>>,
}

#[derive(Debug, Default)]
struct Story {
    first: Vec<String>,
    last: VecDeque<String>,
    forgotten: usize,
}

impl Default for Trace {
    fn default() -> Self {
        Self { started: Instant::now(), story: Arc::default() }
    }
}

impl Trace {
    /// Something that we sent.
    pub fn sent(&self, who: &str, what: &str) {
        self.note(who, "->", what);
    }

    /// Something that we were told.
    pub fn received(&self, who: &str, what: &str) {
        self.note(who, "<-", what);
    }

    /// Something that happened to the connection.
    pub fn happened(&self, who: &str, what: &str) {
        self.note(who, "--", what);
    }

    /// Each line with its milliseconds since the beginning.
    pub fn lines(&self) -> Vec<String> {
        let story = self.lock();
        let gap = (story.forgotten > 0).then(|| format!("… {} lines …", story.forgotten));
        story.first.iter().cloned().chain(gap).chain(story.last.iter().cloned()).collect()
    }

    fn note(&self, who: &str, how: &str, what: &str) {
        let at_ms = self.started.elapsed().as_millis();
        let mut line = format!("{at_ms:>6} ms {who} {how} {what}");
        if let Some((end, _)) = line.char_indices().nth(LINE_CHARS_MAX) {
            line.truncate(end);
            line.push('…');
        }
        let mut story = self.lock();
        if story.first.len() < FIRST_LINES_MAX {
            return story.first.push(line);
        }
        story.last.push_back(line);
        if story.last.len() > LAST_LINES_MAX {
            story.last.pop_front();
            story.forgotten += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Story> {
        self.story.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_story_keeps_its_beginning_and_its_end() {
        let trace = Trace::default();
        (0..500).for_each(|nth| trace.sent("amazon", &format!("line {nth}")));
        trace.received("amazon", &"é".repeat(1_000));
        let lines = trace.lines();
        assert_eq!(lines.len(), FIRST_LINES_MAX + 1 + LAST_LINES_MAX);
        assert!(lines[0].ends_with("amazon -> line 0"), "{}", lines[0]);
        assert_eq!(lines[FIRST_LINES_MAX], "… 381 lines …");
        let last = &lines[lines.len() - 1];
        assert!(last.chars().count() == LINE_CHARS_MAX + 1 && last.ends_with("é…"), "{last}");
    }
}
