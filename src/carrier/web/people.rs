//! People with an account at the carrier: who they are, how they come in and go.
//!
//! What may be asked as whom is in `roles`; sessions, passwords and limits
//! are shared with the other sites.

pub mod accounts;
pub mod api;
pub mod housekeeping;
mod leaving;
pub mod pages;
mod person;
mod profile;
pub mod staff;

pub use self::person::{Person, Scope};
use crate::web::people::{self, Cookie, sessions};

/// Not the store's name: both may be on one machine, and browsers keep cookies by host.
pub const SESSION: Cookie =
    Cookie::new("waybill_carrier_session", "__Host-waybill_carrier_session");

pub type Sessions = sessions::Sessions<Person>;
pub type Session = sessions::Session<Person>;
pub type Access = sessions::Access<Person>;
pub type Scopes = sessions::Scopes<Scope>;
pub type TokenWish = sessions::TokenWish<Scope>;
pub type Proved = people::Proved<Person>;
