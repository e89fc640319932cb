//! The C ABI's gate under loom (`cargo test --manifest-path crates/laneway-ffi/loom/Cargo.toml`). Holds nothing itself.

#[cfg(test)]
#[path = "../../src/gate.rs"]
mod gate;
