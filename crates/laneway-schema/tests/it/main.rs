//! The compiler's tests: what it refuses, what it writes, and what the components find, run with wasmtime.

mod components;
mod guest;
mod published;
mod refusals;
mod scanning;
mod schema;
