//! The contract of a model, without what drives it.

mod contract;

pub use contract::{Disk, Outbox, Party, ReplyId, Resident};
