//! PostgreSQL connection settings as libpq reads them. Knows neither Laneway nor what is sent over a connection.
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
mod defaults;
mod error;
mod fill;
mod parameters;
mod passfile;
mod replace;
mod tls;

pub use config::Config;
pub use error::{ConfigError, ConnectError, chain};
pub use replace::percent_encoded;
/// The driver, in the release that [`Config`] opens connections with.
pub use tokio_postgres;
