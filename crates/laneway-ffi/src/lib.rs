//! The C ABI: handles, structs that grow, completions pulled in batches. Holds no logic of lanes, plugins or databases.
//! The only crate that hands out what others link to; `unsafe` reads and writes callers' memory and nothing else.

#![allow(unsafe_code, reason = "callers' memory is read and written here")]
#![warn(clippy::multiple_unsafe_ops_per_block)]
#![expect(non_camel_case_types, reason = "types have the names that they have in C")]
#![expect(clippy::missing_safety_doc, reason = "the header states once what holds for every pointer")]
#![expect(clippy::cast_possible_truncation, reason = "sizes of structs, which are small")]

pub mod abi;
mod arguments;
mod body;
mod catch_panic;
mod echo;
pub mod exports;
mod failure;
mod forks;
mod gate;
mod handles;
mod held;
mod host_extraction;
mod input;
pub mod layout;
mod limits;
mod logs;
mod outlet;
mod own_stack;
mod plugins;
mod queue;
mod record;
mod runtime;
mod signal;
mod stats;
mod store;
mod versioned;

// musl's own takes half as much CPU again.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
