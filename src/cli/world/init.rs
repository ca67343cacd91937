//! `waybill world init`: a simple world at a running simulator.

use std::time::Duration;

use clap::{ArgGroup, Args};

use crate::{
    basis::{Point, WorldId},
    cli::{house::say, options::seconds},
    world::{self, InitSettings},
};

/// Makes a simple world at a running simulator, and prints its id.
///
/// The warehouses are brought by a store's connection and the trucks by a carrier's; both leave
/// again, so that a store and a carrier can join the world by its id. It works at any simulator
/// that speaks the course's protocol.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("things").required(true).multiple(true))]
pub(super) struct InitOptions {
    /// The simulator's port for stores
    #[arg(long, env = "WAYBILL_AMAZON", value_name = "HOST:PORT")]
    #[arg(default_value = "127.0.0.1:23456")]
    amazon: String,
    /// The simulator's port for carriers
    #[arg(long, env = "WAYBILL_UPS", value_name = "HOST:PORT")]
    #[arg(default_value = "127.0.0.1:12345")]
    ups: String,
    /// Add to this world instead of making a new one
    #[arg(long, env = "WAYBILL_WORLD_ID", value_name = "N")]
    world_id: Option<i64>,
    /// A warehouse and its place; may be repeated
    #[arg(long, env = "WAYBILL_WAREHOUSE", value_name = "ID,X,Y", group = "things")]
    #[arg(value_parser = place, value_delimiter = ' ', allow_hyphen_values = true)]
    warehouse: Vec<(i32, Point)>,
    /// A truck and its place; may be repeated
    #[arg(long, env = "WAYBILL_TRUCK", value_name = "ID,X,Y", group = "things")]
    #[arg(value_parser = place, value_delimiter = ' ', allow_hyphen_values = true)]
    truck: Vec<(i32, Point)>,
    /// Seconds for which the simulator may be silent
    #[arg(long, env = "WAYBILL_PATIENCE", value_name = "SECONDS", default_value = "30")]
    #[arg(value_parser = seconds)]
    patience: Duration,
}

pub(super) async fn run(options: InitOptions) -> anyhow::Result<()> {
    let settings = InitSettings {
        amazon_addr: options.amazon,
        ups_addr: options.ups,
        world: options.world_id.map(WorldId),
        warehouses: options.warehouse.into_iter().map(|(id, at)| (id.into(), at)).collect(),
        trucks: options.truck.into_iter().map(|(id, at)| (id.into(), at)).collect(),
        patience: options.patience,
    };
    let world = world::init(&settings).await?;
    say(&world.to_string());
    Ok(())
}

fn place(text: &str) -> Result<(i32, Point), String> {
    let wrong = || "expected ID,X,Y: three whole numbers such as 1,-5,20".to_owned();
    let numbers: Result<Vec<i32>, _> = text.split(',').map(|it| it.trim().parse()).collect();
    match numbers.map_err(|_| wrong())?.as_slice() {
        [id, x, y] => Ok((*id, Point::new(*x, *y))),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_three_whole_numbers() {
        assert_eq!(place("0,-5,20"), Ok((0, Point::new(-5, 20))));
        for nonsense in ["", "1", "1,2", "1,2,3,4", "1,2,x", "1,2,99999999999", "1;2;3"] {
            assert!(place(nonsense).unwrap_err().contains("ID,X,Y"), "{nonsense}");
        }
    }
}
