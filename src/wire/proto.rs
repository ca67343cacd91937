//! The generated protocol buffer types; `amazon` and `ups` turn them into ours.

#[allow(clippy::all, missing_docs)]
mod generated {
    pub mod amazon {
        include!(concat!(env!("OUT_DIR"), "/world_amazon.rs"));
    }
    pub mod ups {
        include!(concat!(env!("OUT_DIR"), "/world_ups.rs"));
    }
}

pub use generated::{amazon, ups};
