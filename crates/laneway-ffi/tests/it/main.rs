//! The C ABI from outside: what is generated from it, what programs built against it see, what it exports, and what a
//! host gets.

#![allow(unsafe_code, reason = "the C ABI is called as a host calls it")]
#![expect(clippy::cast_possible_truncation, reason = "sizes of structs, which are small")]
#![expect(clippy::undocumented_unsafe_blocks, reason = "each file states once what holds for every call")]

mod addresses;
mod assertions;
mod bounds;
mod c_programs;
mod coercion;
mod confined;
mod csharp;
mod extraction;
mod generated;
mod header;
mod host;
mod host_extraction;
mod languages;
mod need;
mod plugins;
mod stores;
mod symbols;
#[cfg(target_os = "linux")]
mod system;
