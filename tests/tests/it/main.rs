//! The one integration test binary: everything that needs a real PostgreSQL.

mod deploy;
mod embedded;
mod extraction;
mod left_out;
mod replay;
mod sample;
mod store_content;
mod swap;
