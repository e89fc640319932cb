//! What plugins of Laneway are written with. A plugin declares which values documents have, and where
//! ([`Manifest`], [`Resource`], [`Slot`]); what stands at a path is found without a line of code, and what
//! no path can give the plugin computes ([`Plugin::extract`]). [`export!`] makes it a plugin, and
//! [`testing::Host`] runs it under `cargo test`, without WebAssembly.
//!
//! ```
//! use laneway_plugin_sdk::{Answer, Document, Manifest, Plugin, Refusal, Resource, Slot};
//!
//! /// Rooms are known by building and number together.
//! struct Rooms;
//!
//! impl Plugin for Rooms {
//!     fn manifest() -> Manifest {
//!         Manifest::new("rooms", "1.0.0").resource(
//!             Resource::new("Campus", "campus", "Room", "rooms", "1.0.0")
//!                 .slot(Slot::identity("$.roomKey").computed())
//!                 .read("$.building")
//!                 .read("$.number"),
//!         )
//!     }
//!
//!     fn extract(document: &Document<'_>, answer: &mut Answer) -> Result<(), Refusal> {
//!         let (building, number) = (document.one(0)?.text()?, document.one(1)?.text()?);
//!         answer.compute(0, format!("{building}-{number}"));
//!         Ok(())
//!     }
//! }
//!
//! laneway_plugin_sdk::export!(Rooms);
//! ```

#![no_std]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod abi;
mod answer;
mod document;
mod export;
mod guest;
mod json;
mod manifest;
mod path;
mod plugin;
mod refusal;
mod search;
pub mod testing;
mod unescape;
mod value;

pub use answer::Answer;
pub use document::Document;
pub use manifest::{Manifest, Resource, Slot};
pub use plugin::Plugin;
pub use refusal::Refusal;
pub use value::{Step, Value};
