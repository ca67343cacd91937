//! Bytes read as what clients do: small numbers mostly, so that they meet, and now
//! and then one from the end of the numbers.
//!
//! Nothing is judged here.

use crate::{
    basis::{PackageId, Point, ProductId, Seq, TruckId, WarehouseId},
    wire::{
        Commands, Numbered,
        amazon::{self, Thing},
        ups,
    },
};

/// The bytes that are left.
pub(super) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    pub(super) fn below(&mut self, end: u8) -> Option<u8> {
        Some(self.byte()? % end)
    }

    /// So many, or what there is.
    pub(super) fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// None: a new one.
    pub(super) fn world(&mut self) -> Option<Option<i64>> {
        Some(match self.byte()? {
            0..=15 => None,
            255 => Some(i64::MIN),
            254 => Some(99),
            byte => Some(1 + i64::from(byte % 2)),
        })
    }

    pub(super) fn places(&mut self) -> Option<Vec<(i32, Point)>> {
        let count = self.byte()?.saturating_sub(200) % 5;
        (0..count).map(|_| Some((self.number()?, self.point()?))).collect()
    }

    pub(super) fn commands<C>(
        &mut self,
        asked: &mut i64,
        command: impl Fn(&mut Self) -> Option<C>,
    ) -> Option<Commands<C>> {
        let count = self.below(4)?;
        let mut commands = Vec::new();
        for _ in 0..count {
            let seq = self.seq(asked)?;
            commands.push(Numbered::new(seq, command(self)?));
        }
        let acks = match self.below(4)? {
            0 => vec![Seq(self.number()?.into()), Seq(i64::MAX)],
            _ => Vec::new(),
        };
        let simspeed = match self.byte()? {
            0 => Some(0),
            1 => Some(u32::MAX),
            byte @ 2..16 => Some(u32::from(byte) * 1_000),
            _ => None,
        };
        let disconnect = self.below(64)? == 63;
        Some(Commands { commands, acks, simspeed, disconnect })
    }

    /// The next number mostly, else one from before or from the end of the numbers.
    fn seq(&mut self, asked: &mut i64) -> Option<Seq> {
        Some(match self.byte()? {
            255 => Seq(i64::MIN),
            254 => Seq(i64::MAX),
            byte @ 240.. => Seq(*asked - i64::from(byte - 240)),
            _ => {
                *asked += 1;
                Seq(*asked)
            }
        })
    }

    pub(super) fn amazon_command(&mut self) -> Option<amazon::Command> {
        let kind = self.below(8)?;
        let warehouse = WarehouseId(self.number()?);
        Some(match kind {
            0 | 1 => amazon::Command::Buy { warehouse, things: self.things()? },
            2..=4 => {
                let (things, package) = (self.things()?, self.package()?);
                amazon::Command::Pack { warehouse, things, package }
            }
            5 | 6 => {
                let (truck, package) = (TruckId(self.number()?), self.package()?);
                amazon::Command::Load { warehouse, truck, package }
            }
            _ => amazon::Command::Query { package: self.package()? },
        })
    }

    pub(super) fn ups_command(&mut self) -> Option<ups::Command> {
        let kind = self.below(4)?;
        let truck = TruckId(self.number()?);
        Some(match kind {
            0 => ups::Command::Pickup { truck, warehouse: WarehouseId(self.number()?) },
            1 | 2 => {
                let count = self.below(4)?;
                let packages = (0..count).map(|_| Some((self.package()?, self.point()?)));
                ups::Command::Deliver { truck, packages: packages.collect::<Option<_>>()? }
            }
            _ => ups::Command::Query { truck },
        })
    }

    fn things(&mut self) -> Option<Vec<Thing>> {
        let count = self.below(4)?;
        let thing = |_| {
            let product = ProductId(self.number()?.into());
            let description = if self.byte()? == 255 { "other" } else { "it" }.to_owned();
            Some(Thing { product, description, count: self.number()? })
        };
        (0..count).map(thing).collect()
    }

    fn package(&mut self) -> Option<PackageId> {
        Some(match self.byte()? {
            255 => PackageId(i64::MIN),
            254 => PackageId(i64::MAX),
            byte => PackageId((byte % 32).into()),
        })
    }

    fn point(&mut self) -> Option<Point> {
        Some(Point::new(self.number()?, self.number()?))
    }

    fn number(&mut self) -> Option<i32> {
        Some(match self.byte()? {
            255 => i32::MIN,
            254 => i32::MAX,
            253 => -1,
            byte => (byte % 4).into(),
        })
    }
}
