//! Room for the messages of one connection that are being worked on: so many
//! bytes, with what each message costs besides.
//!
//! Who asks for room that is not there waits, and is not read from meanwhile.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Semaphore;

/// What a message takes besides its bytes.
const MESSAGE_COST: usize = 128;

pub(super) struct Places {
    room: Semaphore,
    room_max: u32,
    /// What those that are inside cost, in the order in which they came.
    costs: Mutex<VecDeque<u32>>,
}

impl Places {
    pub(super) fn new(bytes_max: usize) -> Self {
        let room_max = u32::try_from(bytes_max.max(1)).unwrap_or(u32::MAX);
        let room = Semaphore::new(room_max as usize);
        Self { room, room_max, costs: Mutex::default() }
    }

    /// Waits until there is room for a message. One that is larger than the room
    /// comes in when nobody else is there.
    pub(super) async fn enter(&self, bytes: usize) {
        let cost = self.cost(bytes);
        if let Ok(permit) = self.room.acquire_many(cost).await {
            permit.forget();
            self.costs().push_back(cost);
        }
    }

    /// The same where it needs no waiting; false where it does.
    pub(super) fn try_enter(&self, bytes: usize) -> bool {
        let cost = self.cost(bytes);
        let Ok(permit) = self.room.try_acquire_many(cost) else { return false };
        permit.forget();
        self.costs().push_back(cost);
        true
    }

    /// The first so many messages are done with.
    pub(super) fn leave(&self, messages: usize) {
        let mut costs = self.costs();
        let messages = messages.min(costs.len());
        let cost: usize = costs.drain(..messages).map(|cost| cost as usize).sum();
        self.room.add_permits(cost);
    }

    fn cost(&self, bytes: usize) -> u32 {
        u32::try_from(bytes.saturating_add(MESSAGE_COST)).unwrap_or(u32::MAX).min(self.room_max)
    }

    fn costs(&self) -> MutexGuard<'_, VecDeque<u32>> {
        self.costs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_message_of_any_size_finds_room_once_the_others_are_gone() {
        let places = Places::new(1_000);
        assert!(places.try_enter(0) && places.try_enter(500));
        assert!(!places.try_enter(500), "128 + 628 of 1000 are taken");
        places.leave(1);
        assert!(!places.try_enter(usize::MAX));
        places.leave(5);
        places.enter(usize::MAX).await;
        assert!(!places.try_enter(0));
        places.leave(1);
        assert_eq!(places.room.available_permits(), 1_000);
    }
}
