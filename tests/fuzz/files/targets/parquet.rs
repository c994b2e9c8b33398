//! Fuzzes the reader of Parquet files.
#![no_main]

#[path = "../../src/files.rs"]
#[allow(dead_code)]
mod files;
mod memory;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| memory::bounded(|| files::parquet(bytes)));
