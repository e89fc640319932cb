//! What the tests against real PostgreSQL share: a server, the recorded data, readers of a store's content.
//! Holds no tests itself.

#![forbid(unsafe_code)]

pub mod evaluator;
pub mod mutation;
pub mod need;
pub mod plugins;
pub mod recorded;
pub mod replay;
pub mod store_content;
