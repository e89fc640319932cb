//! The program as its users see it: what they type, what it prints, how it exits.

#![forbid(unsafe_code)]

mod addresses;
mod authors;
mod bench;
mod coercion;
mod container;
mod database;
mod demo;
mod earthmover;
mod forms;
mod inputs;
mod interrupt;
mod load;
mod plugins;
mod program;
mod secrets;
mod signing;
mod store_check;
mod store_corruptions;
mod store_inspect;
mod versions;
