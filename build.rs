//! Compiles the protocol buffers with a compiler written in Rust, so that no `protoc` is needed.

use std::{env, error::Error, fs, path::Path};

use prost_build::Config;

const PROTOS: [&str; 2] = ["proto/world_amazon.proto", "proto/world_ups.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    for path in PROTOS {
        println!("cargo:rerun-if-changed={path}");
    }
    println!("cargo:rerun-if-changed=migrations");
    let mut compiled = protox::Compiler::new(["proto"])?;
    compiled.include_imports(true).open_files(PROTOS)?;
    // For those who decode messages by name, without their types.
    let descriptors = Path::new(&env::var("OUT_DIR")?).join("world.fds");
    fs::write(descriptors, compiled.encode_file_descriptor_set())?;
    Config::new().compile_fds(compiled.file_descriptor_set())?;
    Ok(())
}
