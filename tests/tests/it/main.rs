//! The one integration test binary: everything that needs a real PostgreSQL.

mod embedded;
mod extraction;
