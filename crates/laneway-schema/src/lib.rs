//! ApiSchema.json → WebAssembly components that say what documents say about themselves.
//!
//! The way: [`ApiSchema::parse`] reads a file and checks it; [`manifests`] merges several (one core, any
//! number of extensions) into what is known of each resource type; [`compile()`] turns that into tables,
//! appends them to the scanner (a module written in Rust, compiled beforehand and kept in this repository)
//! and wraps the result as a component. No WebAssembly toolchain is needed, and the same schemas give the
//! same bytes everywhere.
//!
//! This crate refuses to know how components are run, and what is done with what they find.

#![forbid(unsafe_code)]

mod api_schema;
mod automaton;
mod compile;
mod component;
mod error;
mod image;
mod manifest;
mod merge;
mod pack;
mod path;
mod reader;
mod scanner;

pub use api_schema::ApiSchema;
pub use compile::{Layout, Options, Plugin, compile, compile_with};
pub use error::SchemaError;
pub use manifest::{Dialect, ResourceManifest, Slot, SlotKind, Superclass, Target};
pub use merge::manifests;
pub use pack::{PackError, pack};
pub use path::{JsonPath, Segment};
