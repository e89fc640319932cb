//! The one integration test binary: everything that needs a real PostgreSQL.

mod between_servers;
mod client_refusals;
mod connection;
mod cycles;
mod deploy;
mod embedded;
mod encryption;
mod extraction;
mod failpoints;
mod faults;
mod guests;
mod isolation;
mod locks;
mod mixtures;
mod outages;
#[cfg(target_os = "linux")]
mod poolers;
mod releases;
mod replay;
mod rights;
mod rules;
mod runs;
mod sample;
mod settings;
mod store_content;
mod suspicion;
mod swap;
mod two_sessions;
mod worlds;
