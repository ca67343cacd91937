//! The dispatcher: which truck fetches which order.
//!
//! It knows of a truck only where it stands idle; a busy one is nowhere.

use std::collections::VecDeque;

use crate::sim::engine::Agenda;

use super::{
    Params,
    idle::IdleTrucks,
    model::{Message, Office, Place},
};

pub(super) struct Dispatcher {
    idle: IdleTrucks,
    /// Empty whenever a truck is idle.
    queue: VecDeque<(u32, u32)>,
}

impl Dispatcher {
    pub(super) fn new(params: &Params, trucks: impl Iterator<Item = Place>) -> Self {
        let mut idle = IdleTrucks::new(params.grid, params.trucks);
        for (truck, at) in (0..).zip(trucks) {
            idle.insert(truck, at);
        }
        Self { idle, queue: VecDeque::new() }
    }

    #[inline]
    pub(super) fn wanted(
        &mut self,
        warehouse: u32,
        order: u32,
        office: &Office,
        agenda: &mut Agenda<Message>,
    ) {
        match self.idle.take_nearest(office.map.place(warehouse)) {
            Some(truck) => agenda.send(Message::Go { truck, warehouse, order }),
            None => self.queue.push_back((warehouse, order)),
        }
    }

    #[inline]
    pub(super) fn freed(&mut self, truck: u32, at: Place, agenda: &mut Agenda<Message>) {
        match self.queue.pop_front() {
            Some((warehouse, order)) => agenda.send(Message::Go { truck, warehouse, order }),
            None => self.idle.insert(truck, at),
        }
    }
}
