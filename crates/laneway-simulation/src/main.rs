//! Plays worlds from the command line: a series, until a rule is broken or enough has been played, or one of them with its trace.
//! `cargo xtask simulate` builds and starts it.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use laneway_simulation::{Played, Tally, play, shrink};

/// How many operations are played if no bound is given.
const OPERATIONS: u64 = 1_000_000;
/// How often a series shows how far it has come.
const SHOWN_EVERY: Duration = Duration::from_secs(30);

const USAGE: &str = "\
laneway-simulation [--seed N] [--minutes M] [--operations N]
    plays worlds from a seed on (a fresh one, which is printed), until so many minutes are over or so many operations accepted
laneway-simulation --world N [--operations N]
    plays the world of a seed, with so many operations at most, and writes what happens to standard error
";

#[derive(Default)]
struct Options {
    seed: Option<u64>,
    world: Option<u64>,
    minutes: Option<u64>,
    operations: Option<u64>,
}

impl Options {
    fn parse(arguments: &[String]) -> Option<Self> {
        let mut options = Self::default();
        let (pairs, rest) = arguments.as_chunks::<2>();
        for [name, value] in pairs {
            let field = match name.as_str() {
                "--seed" => &mut options.seed,
                "--world" => &mut options.world,
                "--minutes" => &mut options.minutes,
                "--operations" => &mut options.operations,
                _ => return None,
            };
            *field = Some(value.parse().ok()?);
        }
        rest.is_empty().then_some(options)
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(options) = Options::parse(&arguments) else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    match options.world {
        Some(seed) => one(seed, options.operations),
        None => series(&options),
    }
}

fn one(seed: u64, operations: Option<u64>) -> ExitCode {
    let started = Instant::now();
    let played = play(seed, operations.map(|count| count as usize), true);
    let mut tally = Tally::default();
    tally.add(&played);
    tally.elapsed = started.elapsed();
    println!("{tally}");
    report(&played)
}

fn series(options: &Options) -> ExitCode {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..1 << 48));
    println!("worlds from seed {seed} on");
    let started = Instant::now();
    let until = options.minutes.map(|minutes| started + Duration::from_secs(60 * minutes));
    let operations = options.operations.unwrap_or(if until.is_some() { u64::MAX } else { OPERATIONS });
    let mut tally = Tally::default();
    let mut shown = started;
    let mut world = seed;
    while tally.operations < operations && until.is_none_or(|until| Instant::now() < until) {
        let played = play(world, None, false);
        tally.add(&played);
        tally.elapsed = started.elapsed();
        if !played.violations.is_empty() {
            println!("a rule was broken after {} operations, in world {world}:", tally.operations);
            return report(&shrink(played));
        }
        if shown.elapsed() >= SHOWN_EVERY {
            shown = Instant::now();
            println!("{} operations in {} worlds", tally.operations, tally.worlds);
        }
        world = world.wrapping_add(1);
    }
    println!("{tally}");
    ExitCode::SUCCESS
}

fn report(played: &Played) -> ExitCode {
    if played.violations.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("{}", played.violations.join("\n"));
    let Played { seed, operations, .. } = played;
    println!("again, with its trace: cargo xtask simulate --world {seed} --operations {operations}");
    ExitCode::FAILURE
}
