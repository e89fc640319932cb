//! The one integration test binary: everything that needs a real PostgreSQL.

mod comparison;
mod deploy;
mod embedded;
mod extraction;
mod sample;
mod store_content;
