//! Any bytes as what a world's clients do, and what befalls the simulator meanwhile.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    waybill_fuzz::world::model::session::play(bytes);
});
