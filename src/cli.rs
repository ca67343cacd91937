//! The command line: a file for each subcommand, one for what they share.
//!
//! Options become settings here and nowhere else; what a service does with
//! them is not known to this room.

mod appointing;
mod carrier;
mod conform;
mod files;
mod house;
mod load;
mod lock;
mod migrate;
mod options;
mod part;
mod signals;
mod store;
mod up;
mod world;

use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::{
    sim::{self, command::SimOptions},
    telemetry,
};

/// Order fulfilment in one binary: a store, a carrier, and the world between them.
///
/// `waybill up` starts all three on this machine, with demo data and a database
/// of its own; open the store it prints in a browser. Each also runs alone, and
/// talks to any other program that speaks the same protocols.
#[derive(Debug, Parser)]
#[command(name = "waybill", version, propagate_version = true, subcommand_required = true)]
#[command(arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    log: options::LogOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::UpCommand),
    World(world::WorldCommand),
    Store(store::StoreCommand),
    Carrier(carrier::CarrierCommand),
    Load(load::LoadOptions),
    Conform(conform::ConformOptions),
    Migrate(migrate::MigrateOptions),
    Sim(SimOptions),
}

/// Runs the program; the exit code is 0 when it did what was asked, 1 when it
/// could not, 2 when the command line makes no sense; `conform` tells more.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = telemetry::init_logging(cli.log.format, cli.log.filter.as_deref())
        .and_then(|()| in_runtime(cli.command));
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", one_line(&error));
            ExitCode::FAILURE
        }
    }
}

fn in_runtime(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("starting the async runtime")?;
    let outcome = runtime.block_on(Box::pin(run(command)));
    runtime.shutdown_timeout(Duration::from_secs(2));
    outcome
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let done = match command {
        Command::Conform(options) => return Ok(conform::run(options).await),
        Command::Up(options) => up::run(options).await,
        Command::World(options) => world::run(options).await,
        Command::Store(options) => store::run(options).await,
        Command::Carrier(options) => carrier::run(options).await,
        Command::Load(options) => load::run(options).await,
        Command::Migrate(options) => migrate::run(options).await,
        Command::Sim(options) => sim::command::run(&options),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// The whole chain of causes, however many lines its links have.
fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_can_be_set_by_the_environment() {
        let mut cli = Cli::command();
        cli.build();
        environment_sets_options_below(&cli);
    }

    fn environment_sets_options_below(command: &clap::Command) {
        for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
            for option in command.get_opts() {
                let name = option.get_long().unwrap_or_default();
                let expected = format!("WAYBILL_{}", name.replace('-', "_").to_uppercase());
                let env = option.get_env().and_then(|env| env.to_str());
                assert_eq!(env, Some(expected.as_str()), "{} --{name}", command.get_name());
            }
            environment_sets_options_below(command);
        }
    }

    #[test]
    fn an_error_is_one_line_with_all_its_causes() {
        let error = anyhow::anyhow!("two\n  lines").context("starting the store");
        assert_eq!(one_line(&error), "starting the store: two lines");
    }
}
