//! What a running process tells about itself: log lines, metrics, health.
//!
//! Where things are counted is the business of those who do them; here is only
//! where the counts go, what they are called and who may read them.

mod catalog;
mod listener;
mod log;
mod past;
mod process;
mod readiness;
mod recorder;
mod tap;
mod world_tap;

pub use listener::{MetricsListener, Observed};
pub use log::{LogFormat, init_logging};
pub use past::LinkPast;
pub use process::ProcessSampler;
pub use readiness::{CheckReport, Readiness, Report};
pub use recorder::install_recorder;
pub use tap::{Read, Reading, Tap, TooManyReaders};
pub use world_tap::{WorldSide, WorldTap};
