//! Store and carrier against the conformance checks of their protocol, honest and sabotaged,
//! and against its specification.
//!
//! What each check means is told by `waybill conform --list --store` and `--list --carrier`.

mod command;
mod honest;
mod mischief;
mod party;
mod sabotaged;
mod saboteur;
mod specification;
mod strangers;
