//! Every target, with its corpus and with changes of it: what no compiler's coverage is needed for.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use laneway_fuzz::{Mutator, TARGETS, Target};

/// Repeats a run.
const SEED: &str = "LANEWAY_FUZZ_SEED";
/// Times as many runs.
const TIMES: &str = "LANEWAY_FUZZ_TIMES";
/// An input takes milliseconds; one that has no end is as bad as a panic.
const HANGS_AFTER: Duration = Duration::from_secs(120);
const CORPUS_BYTES_MAX: usize = 1 << 20;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs inputs on a thread of their own, so that one that hangs is known.
fn all_end(target: Target, inputs: impl Iterator<Item = Vec<u8>>) {
    let (sender, receiver) = mpsc::sync_channel::<Arc<Vec<u8>>>(0);
    let (done, ended) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        for input in receiver {
            let _ = done.send(catch_unwind(AssertUnwindSafe(|| (target.run)(&input))));
        }
    });
    for input in inputs {
        let input = Arc::new(input);
        sender.send(Arc::clone(&input)).expect("the thread that runs inputs");
        match ended.recv_timeout(HANGS_AFTER) {
            Ok(Ok(())) => {}
            Ok(Err(panic)) => {
                eprintln!("{} fails with {:?}", target.name, String::from_utf8_lossy(&input));
                eprintln!("as bytes: {input:?}");
                resume_unwind(panic)
            }
            Err(_) => panic!("{} hangs with {:?}: {input:?}", target.name, String::from_utf8_lossy(&input)),
        }
    }
    drop(sender);
    thread.join().expect("the thread that runs inputs");
}

fn check(name: &str) {
    let target = Target::named(name).expect("a target");
    let corpus: Vec<Vec<u8>> = target.corpus().expect("a corpus").into_iter().map(|(_, input)| input).collect();
    assert!(corpus.len() > 1, "{name} has no corpus");
    let seed = setting(SEED).unwrap_or_else(|| fastrand::u64(..));
    let runs = target.test_runs * usize::try_from(setting(TIMES).unwrap_or(1)).expect("a small number");
    println!("{name}: {} inputs, {runs} changes, {SEED}={seed}", corpus.len());
    all_end(target, corpus.iter().cloned());
    let dictionary = target.dictionary();
    let mut mutator = Mutator::new(&corpus, &dictionary, seed);
    all_end(target, std::iter::repeat_with(|| mutator.input()).take(runs));
}

/// A test of each target, so that they run side by side.
macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*

        #[test]
        fn every_target_has_its_test() {
            assert_eq!(TARGETS.map(|target| target.name), [$(stringify!($name)),*]);
        }
    };
}
targets! { json body schema scanner output component plugin_set settings passwords documents calls }

#[test]
fn the_corpus_is_small() {
    let inputs = TARGETS.into_iter().flat_map(|target| target.corpus().expect("a corpus"));
    let bytes: usize = inputs.map(|(_, input)| input.len()).sum();
    assert!(bytes < CORPUS_BYTES_MAX, "{bytes} bytes: keep fewer or smaller ones");
}

#[test]
fn the_same_seed_gives_the_same_inputs() {
    let target = Target::named("json").expect("a target");
    let corpus: Vec<Vec<u8>> = target.corpus().expect("a corpus").into_iter().map(|(_, input)| input).collect();
    let dictionary = target.dictionary();
    let inputs = |seed| {
        let mut mutator = Mutator::new(&corpus, &dictionary, seed);
        (0..50).map(|_| mutator.input()).collect::<Vec<_>>()
    };
    assert_eq!(inputs(1), inputs(1));
    assert_ne!(inputs(1), inputs(2));
}
