//! The event log of a run: what happened when and to whom, a line each.
//!
//! It is what two runs of one seed are compared by, and what a failure shows
//! the end of. Kept only where asked for: writing lines costs more than the
//! events that they tell of.

use std::{collections::VecDeque, fmt};

use crate::basis::SimTime;

/// How much of the log is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Nothing,
    Everything,
    /// The latest lines.
    Tail(usize),
    /// Nothing; each line is printed as it is written.
    Print,
}

/// The lines kept so far.
#[derive(Debug)]
pub struct Journal {
    keep: Keep,
    now: SimTime,
    lines: VecDeque<String>,
}

impl Journal {
    pub fn new(keep: Keep) -> Self {
        Self { keep, now: SimTime::ZERO, lines: VecDeque::new() }
    }

    /// Lines from here on carry this time.
    pub fn tick(&mut self, now: SimTime) {
        self.now = now;
    }

    /// Writes a line, where lines are kept.
    pub fn note(&mut self, who: &str, what: fmt::Arguments<'_>) {
        match self.keep {
            Keep::Nothing => return,
            Keep::Print => return eprintln!("{} {who} {what}", self.now),
            Keep::Tail(lines_max) if self.lines.len() >= lines_max => {
                self.lines.pop_front();
            }
            Keep::Everything | Keep::Tail(_) => {}
        }
        self.lines.push_back(format!("{} {who} {what}", self.now));
    }

    pub fn lines(&self) -> impl ExactSizeIterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}
