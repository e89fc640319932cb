//! A fixed set of worlds, and a fresh one: no rule is broken, whatever goes wrong. The first of the fresh seeds is printed; a world
//! that breaks a rule is played again by `cargo xtask simulate --world SEED`.

use std::time::Instant;

use laneway_core::store::StoreErrorKind;
use laneway_simulation::{Played, Tally, play, shrink};

/// How many worlds each test plays.
const WORLDS: u64 = 500;
/// Worlds that have broken a rule once.
const KEPT: [u64; 0] = [];

fn kept(seed: u64) -> Played {
    let played = play(seed, None, false);
    if played.violations.is_empty() {
        return played;
    }
    let Played { seed, operations, violations, .. } = shrink(played);
    let violations = violations.join("\n");
    panic!("{violations}\nagain, with its trace: cargo xtask simulate --world {seed} --operations {operations}");
}

#[test]
fn worlds_of_fixed_seeds_keep_the_rules_and_meet_every_failure() {
    let (mut tally, started) = (Tally::default(), Instant::now());
    KEPT.into_iter().chain(0..WORLDS).for_each(|seed| tally.add(&kept(seed)));
    tally.elapsed = started.elapsed();
    println!("{tally}");
    for kind in StoreErrorKind::ALL {
        assert!(tally.faults.iter().any(|(name, _)| *name == kind.as_str()), "no store failed as {kind:?}");
    }
}

#[test]
fn worlds_of_fresh_seeds_keep_the_rules() {
    let first = fastrand::Rng::new().u64(..1 << 48);
    println!("worlds from seed {first} on");
    (first..first + WORLDS).for_each(|seed| drop(kept(seed)));
}

#[test]
fn a_world_repeats_itself() {
    for seed in 0..WORLDS / 10 {
        let digests = [(); 2].map(|()| play(seed, None, false).digest);
        assert_eq!(digests[0], digests[1], "world {seed}");
    }
}
