//! Compiles the protocol buffers with a compiler written in Rust, so that no `protoc` is needed.

use std::error::Error;

const PROTOS: [&str; 2] = ["proto/world_amazon.proto", "proto/world_ups.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    for path in PROTOS {
        println!("cargo:rerun-if-changed={path}");
    }
    println!("cargo:rerun-if-changed=migrations");
    prost_build::Config::new().compile_fds(protox::compile(PROTOS, ["proto"])?)?;
    Ok(())
}
