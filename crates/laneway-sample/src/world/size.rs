//! How large bodies are drawn.

/// Bodies are drawn from half to one and a half times the size, in this many steps.
pub(super) const SIZES: u64 = 101;

/// The `step`th of [`SIZES`] sizes around `mean`.
pub(super) fn size(mean: u64, step: u64) -> u64 {
    mean * (50 + step) / 100
}
