//! Any bytes as a stream of messages.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    waybill_fuzz::wire::streams::read(bytes);
});
