//! The store on PostgreSQL: SQL, layouts, sessions, deploy. Knows neither lanes nor Wasm.
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod check;
mod connection;
mod deploy;
mod error;
mod grants;
pub mod inserts;
pub mod inspect;
mod isolation;
pub mod json;
mod key_statistics;
mod layout;
mod lock_waits;
mod logins;
mod novelty;
mod options;
mod plans;
mod pooler;
mod rights;
mod session;
mod shared;
pub mod sqlstate;
mod statement;
mod store;
mod timeline;
mod waiting;

pub use deploy::{DeployError, DeployErrorKind, Deployed, deploy, deploy_as};
pub use isolation::{Isolation, IsolationError};
pub use key_statistics::see_to_key_statistics;
pub use layout::{Catalog, Column, Layout, Release, Table, read_catalog};
pub use options::StoreOptions;
pub use rights::grants;
pub use session::PostgresSession;
pub use store::{OpenError, PostgresStore};
