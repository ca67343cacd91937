//! Compiles the protocol buffers as the crate itself does.

use std::error::Error;

const PROTOS: [&str; 2] = ["../proto/world_amazon.proto", "../proto/world_ups.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    for path in PROTOS {
        println!("cargo:rerun-if-changed={path}");
    }
    prost_build::Config::new().compile_fds(protox::compile(PROTOS, ["../proto"])?)?;
    Ok(())
}
