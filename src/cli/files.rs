//! How many files this process may have open: each connection is one.
//!
//! It opens and closes none.

/// What is open besides connections of clients: the database's, logs, listeners.
const OTHERS: u64 = 256;

/// Sees to it that so many clients can be connected at a time, or says why they can not.
#[cfg(unix)]
pub(super) fn allow_connections(connections_max: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let wanted = (connections_max as u64).saturating_add(OTHERS);
    // None is without limit.
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let allowed = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum });
    if raised.is_err() || allowed < wanted {
        tracing::warn!(
            wanted,
            allowed,
            "the system lets this process have fewer open files than {connections_max} connections may need; raise the hard limit (ulimit -Hn, LimitNOFILE=), or allow fewer connections"
        );
    }
}

#[cfg(not(unix))]
pub(super) fn allow_connections(_connections_max: usize) {}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Resource, getrlimit};

    use super::*;

    #[test]
    fn the_limit_is_raised_as_far_as_it_may_be_and_never_lowered() {
        allow_connections(1);
        let before = getrlimit(Resource::Nofile);
        allow_connections(usize::MAX);
        let after = getrlimit(Resource::Nofile);
        assert_eq!(after.maximum, before.maximum);
        assert!(after.current >= before.current || after.current.is_none());
        if let (Some(current), Some(maximum)) = (after.current, after.maximum) {
            assert_eq!(current, maximum);
        }
    }
}
