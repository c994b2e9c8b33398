//! Fuzzes the reader of the trees of ROOT files.
#![no_main]

#[path = "../../src/files.rs"]
#[allow(dead_code)]
mod files;
mod memory;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| memory::bounded(|| files::tree(bytes)));
