//! Generated worlds, as many as wanted: batches, the model and the single path agree on each. One that differs is made smaller,
//! shown, and written to a file for `laneway replay`.

use std::io::Write as _;
use std::time::Instant;

use laneway_core::FaultPoint;
use laneway_tests::worlds::shrink::Shrunk;
use laneway_tests::worlds::{Bench, Side, described};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run this world alone.
    #[arg(long)]
    seed: Option<u64>,
    /// The first world.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many worlds.
    #[arg(long, default_value_t = 2_000)]
    count: u64,
    /// Skip a step of every flush: worlds are to differ.
    #[arg(long, value_name = "STEP", value_parser = fault_point)]
    skip: Option<FaultPoint>,
    /// Write to tables in memory instead of PostgreSQL: quick, and without locks.
    #[arg(long)]
    in_memory: bool,
    /// Do not make smaller what differs.
    #[arg(long)]
    as_it_is: bool,
}

fn fault_point(name: &str) -> Result<FaultPoint, String> {
    let known = FaultPoint::ALL.into_iter().find(|step| format!("{step:?}") == name);
    known.ok_or_else(|| format!("the steps are {:?}", FaultPoint::ALL))
}

pub(crate) async fn run(options: Options) -> bool {
    if options.in_memory {
        return run_on(Bench::in_memory(), options).await;
    }
    match Bench::in_postgres().await {
        Some(bench) => run_on(bench, options).await,
        None => false,
    }
}

async fn run_on<S: Side>(mut bench: Bench<S>, options: Options) -> bool {
    bench.skip(options.skip);
    let seeds = match options.seed {
        Some(seed) => seed..seed + 1,
        None => options.from..options.from + options.count,
    };
    let begun = Instant::now();
    let report = bench.worlds(seeds).await;
    println!(
        "{} worlds, {} operations, {} circles, {} not stored; {:.0} s",
        report.worlds,
        report.operations,
        report.circles,
        report.refused,
        begun.elapsed().as_secs_f64()
    );
    for finding in &report.findings {
        println!("\nworld {} differs:\n{}", finding.seed, finding.differences);
    }
    if let Some(first) = report.findings.first().filter(|_| !options.as_it_is) {
        match bench.shrink(first.seed).await {
            Some(shrunk) => show(first.seed, &shrunk),
            None => println!("\nworld {} by itself does not differ: it took the others of its round", first.seed),
        }
    }
    report.findings.is_empty()
}

fn show(seed: u64, shrunk: &Shrunk) {
    let Shrunk { case, finding, steps_before } = shrunk;
    let path = std::env::temp_dir().join(format!("laneway-world-{seed}.ndjson"));
    let written = std::fs::File::create(&path).and_then(|mut file| writeln!(file, "{}", described(case)));
    println!("\nworld {seed} by itself, {} of {steps_before} steps:", case.steps.len());
    for step in &case.steps {
        println!("  {}", serde_json::to_string(step).expect("a step is JSON"));
    }
    println!("{}\nagain: cargo xtask worlds --seed {seed}", finding.differences);
    match written {
        Ok(()) => println!("in a store of yours: laneway replay --schemas tests/src/worlds {}", path.display()),
        Err(error) => println!("{} could not be written: {error}", path.display()),
    }
}
