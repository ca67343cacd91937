//! How a client becomes one side of a world.
//!
//! What it says then is not known here.

use futures_util::StreamExt as _;
use tokio::time::{Instant, timeout};

use super::Client;
use crate::{
    basis::{Point, WorldId},
    conform::{
        check::{Failure, Verdict, that},
        world::{show, side::Side},
    },
    wire::{CONNECTED, Connect, Connected},
};

impl<S: Side> Client<S> {
    /// Sends a Connect and gives the answer, whatever it is.
    pub(in crate::conform::world) async fn connect(
        &mut self,
        world: Option<WorldId>,
        initial: Vec<(S::Id, Point)>,
    ) -> Verdict<Connected> {
        self.connect_as(Connect { world, initial, is_amazon: S::IS_AMAZON }).await
    }

    pub(in crate::conform::world) async fn connect_as(
        &mut self,
        connect: Connect<S::Id>,
    ) -> Verdict<Connected> {
        self.stage.trace.sent(S::NAME, &show::connect::<S>(&connect));
        self.write(&S::connect(&connect)).await?;
        self.connect_answer().await
    }

    pub(in crate::conform::world) async fn connect_answer(&mut self) -> Verdict<Connected> {
        let expected = || format!("an answer to a Connect on the port for {}", S::NAME);
        let frame = timeout(self.stage.patience, self.reader.next()).await;
        let bytes = match frame {
            Ok(Some(Ok(bytes))) => bytes,
            Ok(Some(Err(error))) => return Err(Failure::new(expected(), error.to_string())),
            Ok(None) => return Err(Failure::new(expected(), "the connection was closed")),
            Err(_) => return Err(Failure::new(expected(), self.nothing())),
        };
        let connected = S::connected(&bytes);
        let connected = connected.map_err(|error| Failure::new(expected(), error.to_string()))?;
        self.stage.trace.received(S::NAME, &show::connected(&connected));
        Ok(connected)
    }

    /// Becomes a side of a world. One that there is may need a moment to notice
    /// that the predecessor has gone, so that it is asked again.
    pub(in crate::conform::world) async fn join(
        &mut self,
        world: Option<WorldId>,
        initial: Vec<(S::Id, Point)>,
    ) -> Verdict {
        let deadline = Instant::now() + self.stage.patience;
        loop {
            let Connected { world: id, result } = self.connect(world, initial.clone()).await?;
            if result == CONNECTED {
                self.world = id;
                return Ok(());
            }
            let is_patient = result.contains("not available") && Instant::now() < deadline;
            that(is_patient, || Failure::new("connected!", format!("{result:?}")))?;
            tokio::time::sleep(self.stage.patience / 200).await;
        }
    }

    /// Connects where it must be refused, for another reason than that its side is not free
    /// yet; gives the result.
    pub(in crate::conform::world) async fn refused(
        &mut self,
        world: Option<WorldId>,
        initial: Vec<(S::Id, Point)>,
    ) -> Verdict<String> {
        let deadline = Instant::now() + self.stage.patience;
        loop {
            let result = self.connect(world, initial.clone()).await?.result;
            that(result != CONNECTED, || Failure::new("a refusal", format!("{result:?}")))?;
            if !result.contains("not available") || Instant::now() >= deadline {
                return Ok(result);
            }
            tokio::time::sleep(self.stage.patience / 200).await;
        }
    }
}
