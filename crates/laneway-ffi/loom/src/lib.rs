//! The C ABI's gate under loom (`cargo test --manifest-path crates/laneway-ffi/loom/Cargo.toml`). Holds nothing itself.

#[cfg(test)]
// The model closes and enters; what only asks is left out of it.
#[allow(dead_code)]
#[path = "../../src/gate.rs"]
mod gate;
