//! Makes a world that breaks a rule smaller. Knows nothing of worlds but how many operations they have.

use crate::world::{Played, play};

/// The same world with as few operations as still break a rule, as far as halving finds out.
#[must_use]
pub fn shrink(broken: Played) -> Played {
    let mut least = broken;
    let mut step = least.operations / 2;
    while step > 0 {
        let fewer = least.operations.saturating_sub(step);
        let played = play(least.seed, Some(fewer), false);
        if fewer > 0 && !played.violations.is_empty() {
            least = played;
        } else {
            step /= 2;
        }
    }
    least
}
