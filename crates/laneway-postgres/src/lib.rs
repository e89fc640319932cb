//! The store: SQL, layouts, sessions, SQLSTATE classes, deploy, and the comparison.
//! The only crate that knows tokio-postgres; knows neither lanes nor Wasm.

#![forbid(unsafe_code)]

pub mod comparison;
mod config;
mod content;
mod database;
mod deploy;
mod error;
mod json;
mod layout;
mod scratch;
mod script;
mod session;
mod statement;
mod statistics;
mod store;

pub use config::{Config, ConfigError, ConnectError};
pub use content::{CANONICAL_STORE, Content, ContentError, TableContent, read_content, read_content_lines};
pub use database::{DatabaseError, create_database, drop_database};
pub use deploy::{DeployError, Deployed, deploy};
pub use error::class_of;
pub use layout::{Catalog, Column, Layout, Table, read_catalog};
pub use scratch::{Deletion, Permission, Scratch, ScratchError, StoredRow};
pub use script::{ScriptError, TextRow, run_script};
pub use session::PostgresSession;
pub use store::{OpenError, PostgresStore, StoreOptions};
