//! The C ABI: handles, structs that grow, completions pulled in batches. Holds no logic of lanes, plugins or databases.
//! The only crate that hands out what others link to; `unsafe` reads and writes callers' memory and nothing else.

#![allow(unsafe_code, reason = "callers' memory is read and written here")]
#![expect(non_camel_case_types, reason = "types have the names that they have in C")]
#![expect(clippy::missing_safety_doc, reason = "the header says once what holds for every pointer")]
#![expect(clippy::cast_possible_truncation, reason = "sizes of structs, which are small")]

pub mod abi;
mod body;
mod echo;
pub mod exports;
mod failure;
mod gate;
mod given;
mod guard;
mod handles;
mod input;
pub mod layout;
mod limits;
mod logs;
mod plugins;
mod queue;
mod record;
mod registry;
mod runtime;
mod signal;
mod stats;
mod store;
mod versioned;
