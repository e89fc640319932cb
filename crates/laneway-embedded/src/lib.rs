//! Throw-away PostgreSQL: databases of their own for the demo and the tests, gone when they are dropped.
//! Knows how a server is started and stopped; knows nothing of what is kept in it.
//!
//! `LANEWAY_DATABASE_URL`, when set, names a server; databases are created beside the one in the URL, which is
//! never written. Otherwise a server is started from the programs installed on the machine, or, where there are none,
//! from downloaded ones (feature `download`). It ends with the [`Server`], and with the process, however that ends:
//! see `watchdog.sh`.

#![forbid(unsafe_code)]

#[cfg(unix)]
mod account;
mod database;
#[cfg(all(unix, feature = "download"))]
mod download;
mod error;
#[cfg(unix)]
mod process;
mod server;
mod settings;

pub use database::Database;
pub use error::EmbeddedError;
pub use server::Server;
pub use settings::{Durability, Kept, Settings};
