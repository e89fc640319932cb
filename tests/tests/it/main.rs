//! The one integration test binary: everything that needs a real PostgreSQL.

mod cycles;
mod deploy;
mod embedded;
mod encryption;
mod extraction;
mod guests;
mod left_out;
mod mixtures;
mod replay;
mod rules;
mod sample;
mod store_content;
mod swap;
mod two_sessions;
