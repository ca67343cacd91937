//! How things stood with a peer, for those who look after a link.
//!
//! Why is for the models to say; here it is only kept, with the time of it.

use jiff::Timestamp;

/// How things stood with a peer, since the start of the process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkPast {
    /// When it changed from well to not, or back; None: not yet known either way.
    pub since: Option<Timestamp>,
    pub success_at: Option<Timestamp>,
    /// The last failure and its reason.
    pub failure: Option<(Timestamp, String)>,
    is_well: bool,
}

impl LinkPast {
    pub fn note(&mut self, is_well: bool, reason: &str) {
        let now = Timestamp::now();
        if self.is_well != is_well || self.since.is_none() {
            (self.is_well, self.since) = (is_well, Some(now));
        }
        match is_well {
            true => self.success_at = Some(now),
            false => self.failure = Some((now, reason.to_owned())),
        }
    }

    /// It is not well, and not because it failed.
    pub fn end(&mut self) {
        if self.is_well {
            (self.is_well, self.since) = (false, Some(Timestamp::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_when_it_changed_and_not_when_it_was_said_again() {
        let mut past = LinkPast::default();
        past.note(false, "nobody there");
        let (failed, since) = (past.failure.clone(), past.since);
        assert_eq!(failed.map(|(_, why)| why).as_deref(), Some("nobody there"));
        past.note(false, "still nobody");
        assert_eq!(past.since, since);
        past.note(true, "");
        assert!(past.success_at.is_some() && past.since >= since);
        let since = past.since;
        past.end();
        assert!(past.since >= since && past.failure.is_some());
    }
}
