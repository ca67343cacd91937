//! Selling: what sellers offer, what lies where, and what they have sold.

pub mod api;
mod changing;
mod export;
mod figures;
mod listings;
pub mod pages;
#[cfg(test)]
mod plans;
mod purchases;
mod sellers;
mod sold;
mod stock;
mod terms;
mod words;

use super::{caller::Caller, people::sessions::Person};
use crate::basis::SellerId;

/// Who sells, and from where the request came: what changes are made and noted as.
#[derive(Debug, Clone)]
pub struct Seller {
    pub person: Person,
    pub id: SellerId,
    pub caller: Caller,
}
