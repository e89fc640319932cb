//! The program `laneway`.
#![forbid(unsafe_code)]
mod dms;
mod documents;
mod failure;
#[cfg(test)]
mod testing;
fn main() {}
