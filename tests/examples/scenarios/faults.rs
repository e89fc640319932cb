//! A fault at every step of a flush, on a real server: callers must get one outcome each, and a true one. Writes the table of
//! `docs/reliability.md`.

use laneway_tests::faults::{Bench, Case, Disaster, Load, Report, Row, Tried, at_each_step, of_records};

use crate::Document;

/// How often a fault is tried that was to happen at an occurrence of its step which did not come.
const TRIES_MAX: usize = 3;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often each is tried, each time at another occurrence of its step.
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// Try only those whose names hold this, and leave the document as it is.
    #[arg(long)]
    only: Option<String>,
    #[command(flatten)]
    document: Document,
}

pub(crate) async fn run(options: Options) -> bool {
    let Some(bench) = Bench::set_up().await else { return false };
    let is_wanted = |row: &Row| options.only.as_ref().is_none_or(|part| row.to_string().contains(part.as_str()));
    let mut report = Report::default();
    let mut kept = true;
    for round in 0..options.rounds {
        let mut cases = of_records();
        for load in [Load::New, Load::Changed] {
            cases.extend(at_each_step(load, &bench.steps(load).await, round));
        }
        for case in cases.iter().filter(|case| is_wanted(&case.row)) {
            let tried = until_it_happens(&bench, case).await;
            kept &= note(&mut report, &case.row, &format!("{} {:?}", case.step, case.load), &tried);
        }
        let in_table = |disaster: &Disaster| disaster.is_in_table() || options.only.is_some();
        let disasters = Disaster::ALL.into_iter().filter(in_table);
        for disaster in disasters.filter(|disaster| is_wanted(&disaster.row())) {
            let Some(tried) = disaster.try_one(&bench).await else { return false };
            kept &= note(&mut report, &disaster.row(), "", &tried);
        }
    }
    print!("{}", report.as_markdown());
    if options.only.is_some() {
        return kept;
    }
    report.untried().iter().for_each(|row| eprintln!("not tried: {row}"));
    options.document.put("faults", &report.as_markdown()) && kept && report.untried().is_empty()
}

async fn until_it_happens(bench: &Bench, case: &Case) -> Tried {
    let mut case = case.clone();
    for _ in 1..TRIES_MAX {
        let tried = bench.try_one(&case).await;
        if tried.recovered.is_some() {
            return tried;
        }
        // The load was cut into fewer batches than before.
        case.faults.iter_mut().for_each(|fault| fault.passes = 0);
    }
    bench.try_one(&case).await
}

fn note(report: &mut Report, row: &Row, at: &str, tried: &Tried) -> bool {
    report.add(row, tried);
    if !tried.is_true() {
        println!("NOT KEPT {row} {at}: {tried:?}");
    }
    tried.is_true()
}
