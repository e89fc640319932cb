//! ApiSchema.json → WebAssembly components that find values in documents. Refuses to know how components are run, and
//! what is done with what they find.
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod api_schema;
mod automaton;
mod compile;
mod component;
mod error;
/// The layout of the scanner's tables: its own file.
#[path = "../../../plugins/scanner/src/format.rs"]
mod format;
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
pub use laneway_dms::{CoercedKind, Dialect};
pub use manifest::{ResourceManifest, Slot, SlotKind, Superclass, Target};
pub use merge::manifests;
pub use pack::{PackError, is_component, pack};
pub use path::JsonPath;
