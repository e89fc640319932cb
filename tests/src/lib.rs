//! What the tests against real PostgreSQL share: a server, the recorded data, readers of a store's content.
//! Holds no tests itself.

#![forbid(unsafe_code)]

pub mod account;
pub mod by_hand;
pub mod cluster;
pub mod evaluator;
pub mod faults;
pub mod guests;
pub mod isolation;
pub mod locks;
pub mod log;
pub mod need;
#[cfg(target_os = "linux")]
pub mod pgbouncer;
pub mod poison;
pub mod program;
pub mod proxy;
pub mod release;
pub mod reliability;
pub mod samples;
pub mod swap;
pub mod toolchain;
pub mod wait;
pub mod watched;
pub mod worlds;
pub mod writer;

pub use laneway_sample::mutation;
