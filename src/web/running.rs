//! What those see who run a site: what was said to its peers, how each of them stands, who
//! is busy, and streams of all that.
//!
//! Who may see it, where, and what else there is to run, is each site's own.

pub mod actors;
pub mod live;
pub mod messages;
pub mod peer;
