//! What the clients of one world can tell from what they said and heard, and whether
//! it adds up.
//!
//! It does not look into a simulation before the end.

use std::collections::{BTreeMap, BTreeSet};

use super::Played;
use crate::{
    basis::{ProductId, Seq, WarehouseId},
    wire::{
        Responses,
        amazon::{self, Thing},
        ups,
    },
    world::model::{AnyMessage, Side, Simulation},
};

#[derive(Debug, Default)]
pub(super) struct Books {
    /// What each number of the world's meant, and to whom.
    heard: BTreeMap<i64, (Side, String)>,
    /// The store's commands that were done, by their numbers.
    asked: BTreeMap<Seq, amazon::Command>,
    refused: BTreeSet<Seq>,
    arrived: BTreeMap<(WarehouseId, ProductId), i64>,
    delivered_count: usize,
}

impl Books {
    /// Everything that was asked has to be among what was acked.
    pub(super) fn note_asked(&mut self, commands: &AnyMessage, acked: &[Seq]) {
        match commands {
            AnyMessage::Amazon(said) => {
                for command in &said.commands {
                    assert!(acked.contains(&command.seq), "no ack for {command:?}");
                    self.asked.entry(command.seq).or_insert_with(|| command.body.clone());
                }
            }
            AnyMessage::Ups(said) => {
                for command in &said.commands {
                    assert!(acked.contains(&command.seq), "no ack for {command:?}");
                }
            }
        }
    }

    /// Takes in a message; gives the acks in it.
    pub(super) fn note_heard(&mut self, side: Side, bytes: &[u8]) -> Vec<Seq> {
        match side {
            Side::Amazon => {
                let heard = amazon::decode_responses(bytes);
                let Responses { events, acks, .. } = heard.unwrap_or_else(|it| panic!("{it}"));
                for event in events {
                    if self.is_new(side, event.seq, format!("{:?}", event.body)) {
                        self.note_amazon(event.body);
                    }
                }
                acks
            }
            Side::Ups => {
                let heard = ups::decode_responses(bytes);
                let Responses { events, acks, .. } = heard.unwrap_or_else(|it| panic!("{it}"));
                for event in events {
                    let is_delivered = matches!(event.body, ups::Event::Delivered { .. });
                    if self.is_new(side, event.seq, format!("{:?}", event.body)) && is_delivered {
                        self.delivered_count += 1;
                    }
                }
                acks
            }
        }
    }

    pub(super) fn has_heard(&self, side: Side, seq: Seq) -> bool {
        self.heard.get(&seq.0).is_some_and(|(to, _)| *to == side)
    }

    /// Nothing is on its way any more: what was bought is on a shelf or was packed, every
    /// package that was packed is there or delivered, and no number was left out.
    pub(super) fn balance(&self, simulation: &Simulation) {
        let numbers: Vec<i64> = self.heard.keys().copied().collect();
        let gapless: Vec<i64> = (1..=simulation.last_seq().0).collect();
        assert_eq!(numbers, gapless, "numbers without a gap");
        let mut shelves = self.arrived.clone();
        let mut packed_count = 0;
        for (seq, command) in &self.asked {
            if let amazon::Command::Pack { warehouse, things, .. } = command
                && !self.refused.contains(seq)
            {
                packed_count += 1;
                count(&mut shelves, *warehouse, things, -1);
            }
        }
        let there: BTreeMap<_, _> = simulation.shelves().collect();
        assert_eq!(there, shelves, "what was bought and not packed");
        assert_eq!(packed_count, simulation.packages_under_way() + self.delivered_count);
    }

    pub(super) fn count_into(&self, played: &mut Played) {
        played.heard += self.heard.len();
        played.refused += self.refused.len();
        played.delivered += self.delivered_count;
    }

    fn is_new(&mut self, side: Side, seq: Seq, meaning: String) -> bool {
        let said = (side, meaning);
        match self.heard.get(&seq.0) {
            Some(before) => {
                assert_eq!(*before, said, "number {seq} has two meanings");
                false
            }
            None => self.heard.insert(seq.0, said).is_none(),
        }
    }

    fn note_amazon(&mut self, event: amazon::Event) {
        match event {
            amazon::Event::Arrived { warehouse, things } => {
                count(&mut self.arrived, warehouse, &things, 1);
            }
            amazon::Event::Failed { origin, .. } => {
                self.refused.insert(origin);
            }
            amazon::Event::Ready { .. }
            | amazon::Event::Loaded { .. }
            | amazon::Event::Status { .. } => {}
        }
    }
}

fn count(
    shelves: &mut BTreeMap<(WarehouseId, ProductId), i64>,
    warehouse: WarehouseId,
    things: &[Thing],
    sign: i64,
) {
    for it in things {
        *shelves.entry((warehouse, it.product)).or_default() += sign * i64::from(it.count);
    }
}
