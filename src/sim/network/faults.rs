//! What can go wrong on a link, how often it shall, and how often it has.

use std::{fmt, time::Duration};

/// How a link treats what is sent through it. The default is a good link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinkFaults {
    /// Probability that something never arrives.
    pub loss: f64,
    /// Probability that it arrives twice.
    pub duplication: f64,
    /// Probability that it takes so long that others overtake it.
    pub reordering: f64,
    pub delay_least: Duration,
    pub delay_most: Duration,
    /// How much longer what is reordered or duplicated takes, at most.
    pub straggle_most: Duration,
}

impl Default for LinkFaults {
    fn default() -> Self {
        Self {
            loss: 0.0,
            duplication: 0.0,
            reordering: 0.0,
            delay_least: Duration::from_micros(100),
            delay_most: Duration::from_millis(2),
            straggle_most: Duration::from_secs(1),
        }
    }
}

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// How often which fault has struck.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
        pub struct FaultCounts {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl FaultCounts {
            /// Each kind with its name.
            pub fn by_name(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name)),*]
            }

            /// Adds up the counts of two runs.
            pub fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }
        }
    };
}

counts! {
    frames_lost,
    frames_duplicated,
    frames_reordered,
    posts_lost,
    posts_duplicated,
    posts_reordered,
    answers_lost,
    posts_timed_out,
    posts_refused,
    /// Dials that found nobody, or a cut link.
    dials_failed,
    /// Connections that broke without anybody closing them.
    broken,
    partitions,
    /// Crashes of parties.
    world_crashes,
    store_crashes,
    carrier_crashes,
    /// Single residents that failed.
    residents_failed,
    database_stalls,
}

impl fmt::Display for FaultCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (name, count)) in self.by_name().into_iter().enumerate() {
            write!(f, "{}{name}={count}", if nth == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}
