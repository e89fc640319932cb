//! The store on PostgreSQL: SQL, layouts, sessions, deploy. Knows neither lanes nor Wasm.
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod connection;
mod deploy;
mod error;
mod grants;
pub mod json;
mod layout;
mod session;
mod shared;
pub mod sqlstate;
mod statement;
mod statistics;
mod store;

pub use deploy::{DeployError, DeployErrorKind, Deployed, deploy};
pub use layout::{Catalog, Column, Layout, Table, read_catalog};
pub use session::PostgresSession;
pub use shared::StoreOptions;
pub use store::{OpenError, PostgresStore};
