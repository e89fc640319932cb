//! PostgreSQL connection settings as libpq and Npgsql read them. Knows nothing of Laneway, nor what is sent over a
//! connection once it is open.
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
mod connect;
mod error;
mod forms;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod servers;
mod settings;
mod sources;
mod tls;
mod words;

pub use config::Config;
pub use error::{ConfigError, ConnectError, Refusal, chain};
pub use forms::percent_encoded;
/// The driver, in the release that [`Config`] opens connections with.
pub use tokio_postgres;
pub use words::words_as_markdown;
