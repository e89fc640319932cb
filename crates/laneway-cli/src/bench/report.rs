//! What a benchmark came to: medians of rounds, as a table for people and an object for programs. Knows neither systems nor
//! databases.

use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;

use super::observer::Memory;
use crate::load::{Percentiles, Split};

/// What one run of one system showed.
#[derive(Clone, PartialEq, Default, Debug, Serialize)]
pub(crate) struct Figures {
    /// Documents settled a second.
    pub(crate) docs_per_second: f64,
    /// Documents due a second, where they came by themselves.
    pub(crate) offered_per_second: Option<f64>,
    /// From submission (or when they were due) to outcome, in milliseconds; none where documents are not submitted one by one.
    pub(crate) latency_ms: Option<Percentiles>,
    /// Of those that are not another version of the same student.
    pub(crate) others_ms: Option<Percentiles>,
    /// Documents in a transaction, on average.
    pub(crate) batch_mean: Option<f64>,
    /// The server's processor time for 1,000 documents, in seconds; none where its processes are not to be seen.
    pub(crate) server_cpu_s: Option<f64>,
    /// The program's.
    pub(crate) own_cpu_s: f64,
    /// Where a document's time went on average, in milliseconds; Laneway's alone.
    pub(crate) split_ms: Option<Split>,
    /// How long each part of the load took, in seconds.
    pub(crate) parts_s: Vec<f64>,
    /// Memory of the program, Laneway's alone.
    pub(crate) memory: Option<Memory>,
    /// Bytes that the host allocated for a document, where it counts them.
    pub(crate) allocated_bytes: Option<f64>,
    /// Documents that were not stored.
    pub(crate) failed: u64,
}

/// One system under one load, with figures for each round.
#[derive(Clone, PartialEq, Default, Debug, Serialize)]
pub(crate) struct Line {
    /// What was loaded.
    pub(crate) documents: String,
    /// And how.
    pub(crate) workload: &'static str,
    /// The system.
    pub(crate) system: String,
    /// How many callers it had.
    pub(crate) callers: Option<usize>,
    /// The most documents in a batch, where it was chosen.
    pub(crate) batch_items_max: Option<usize>,
    /// The number of lanes, where it was chosen.
    pub(crate) lanes: Option<u8>,
    /// How far away the server was, in milliseconds, where that was chosen.
    pub(crate) round_trip_ms: Option<f64>,
    /// The share of Laneway's highest rate at which documents came, where they came by themselves.
    pub(crate) share: Option<f64>,
    /// One a round.
    pub(crate) rounds: Vec<Figures>,
}

/// Some documents.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Loaded {
    /// What they are called in lines.
    pub(crate) name: String,
    /// How many there are.
    pub(crate) documents: usize,
    /// The bytes of their lines.
    pub(crate) bytes: u64,
}

/// On what it was measured.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Machine {
    /// Of this program.
    pub(crate) laneway: &'static str,
    /// Of the server.
    pub(crate) postgres: String,
    /// As many as this process may use.
    pub(crate) cores: usize,
    /// Operating system and processor.
    pub(crate) system: String,
}

/// All lines, in the order in which they are shown.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Report {
    /// On what.
    pub(crate) machine: Machine,
    /// What was loaded.
    pub(crate) documents: Vec<Loaded>,
    /// The systems.
    pub(crate) lines: Vec<Line>,
}

/// The middle one, or the mean of the two in the middle; `None` when there is none.
fn median(figures: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = figures.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (low, high) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
    Some(f64::midpoint(*sorted.get(low)?, *sorted.get(high)?))
}

impl Line {
    /// The median of what every round has; `None` where one has not.
    pub(crate) fn median(&self, of: impl Fn(&Figures) -> Option<f64>) -> Option<f64> {
        let figures: Option<Vec<f64>> = self.rounds.iter().map(of).collect();
        median(figures?.into_iter())
    }

    /// Documents a second.
    pub(crate) fn rate(&self) -> f64 {
        self.median(|figures| Some(figures.docs_per_second)).unwrap_or(0.0)
    }

    /// How far the rounds lie apart, as a share of their median.
    pub(crate) fn spread(&self) -> f64 {
        let rates = || self.rounds.iter().map(|figures| figures.docs_per_second);
        let (least, most) = (rates().fold(f64::INFINITY, f64::min), rates().fold(0.0, f64::max));
        ratio(most - least, self.rate()).unwrap_or(0.0)
    }

    /// Where a document's time went, in the order of [`SPLIT`]; `None` where a round does not know.
    pub(crate) fn split(&self) -> Option<Vec<f64>> {
        SPLIT.iter().map(|(_, of)| self.median(|figures| figures.split_ms.map(of))).collect()
    }

    /// The median time of each part, as far as all rounds have it.
    pub(crate) fn parts(&self) -> Vec<f64> {
        let parts = self.rounds.iter().map(|figures| figures.parts_s.len()).min().unwrap_or(0);
        (0..parts).filter_map(|part| self.median(|figures| figures.parts_s.get(part).copied())).collect()
    }

    /// Whether it is about the same documents, handled in the same way.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        self.documents == other.documents && self.workload == other.workload
    }

    /// Whether it is the same system under the same load.
    fn is_alike(&self, other: &Self) -> bool {
        let of = |line: &Self| (line.label(), line.callers);
        of(self) == of(other)
    }

    /// The system with its load.
    pub(crate) fn label(&self) -> String {
        let share = self.share.map(|share| format!(" at {:.0} %", share * 100.0));
        let most = self.batch_items_max.map(|most| format!(" ≤{most}"));
        let lanes = self.lanes.map(|lanes| format!(" {lanes} lanes"));
        let away = self.round_trip_ms.map(|ms| format!(" {ms} ms away"));
        [Some(self.system.clone()), share, most, lanes, away].into_iter().flatten().collect()
    }
}

/// `None` where there is nothing to compare with.
pub(crate) fn ratio(part: f64, of: f64) -> Option<f64> {
    (of > 0.0).then(|| part / of)
}

impl Report {
    /// For programs. Figures have four digits behind the point: more would be noise.
    pub(crate) fn json(&self) -> Json {
        rounded(serde_json::to_value(self).unwrap_or_default())
    }

    /// The lines of one workload of the same documents, in their order.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &[Line]> {
        self.lines.chunk_by(Line::is_beside)
    }

    /// The time of each part divided by the limit's of the same documents.
    pub(crate) fn parts_beside_limit(&self, line: &Line) -> Option<Vec<f64>> {
        let limit = self.lines.iter().find(|other| other.is_beside(line) && other.system.starts_with("limit"))?;
        line.parts().into_iter().zip(limit.parts()).map(|(part, limit)| ratio(part, limit)).collect()
    }

    /// How much more the last part takes than the first, the limit's own change left out where there is a limit.
    pub(crate) fn last_by_first(&self, line: &Line) -> Option<f64> {
        let parts = self.parts_beside_limit(line).unwrap_or_else(|| line.parts());
        ratio(*parts.last()?, *parts.first()?)
    }

    /// Its rate divided by that of the same system with what was loaded first.
    pub(crate) fn beside_first(&self, line: &Line) -> Option<f64> {
        let first = self.lines.iter().find(|other| other.is_alike(line))?;
        ratio(line.rate(), first.rate())
    }
}

fn rounded(value: Json) -> Json {
    match value {
        Json::Number(number) if number.is_f64() => {
            let figure = number.as_f64().map(|figure| (figure * 10_000.0).round() / 10_000.0);
            figure.map_or(Json::Null, Json::from)
        }
        Json::Array(items) => items.into_iter().map(rounded).collect(),
        Json::Object(members) => members.into_iter().map(|(name, value)| (name, rounded(value))).collect(),
        other => other,
    }
}

/// A figure with so many digits behind the point; a dash where there is none.
pub(crate) fn shown(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
}

/// What a part of a document's time is called, and the part, in milliseconds.
type Part = (&'static str, fn(Split) -> f64);

/// What a document's time goes into, in order.
pub(crate) const SPLIT: [Part; 6] = [
    ("extraction", |split| split.extraction),
    ("queue", |split| split.queue),
    ("resolve", |split| split.resolve),
    ("apply", |split| split.apply),
    ("commit", |split| split.commit),
    ("rest", |split| split.rest),
];

/// A column of the table: what stands above it, and what a line has in it.
pub(crate) type Column = (&'static str, fn(&Report, &Line) -> String);

/// The columns behind the system's. Those in which no line has anything are left out.
pub(crate) const COLUMNS: [Column; 18] = [
    ("callers", |_, line| line.callers.map_or_else(|| "-".to_owned(), |callers| callers.to_string())),
    ("docs/s", |_, line| shown(Some(line.rate()), 0)),
    ("spread", |_, line| format!("{:.0}%", line.spread() * 100.0)),
    // To the first of its group.
    ("ratio", |report, line| {
        let first = report.lines.iter().find(|other| other.is_beside(line));
        shown(first.and_then(|first| ratio(line.rate(), first.rate())), 2)
    }),
    (
        "beside",
        |report, line| {
            if report.groups().nth(1).is_some() { shown(report.beside_first(line), 2) } else { shown(None, 0) }
        },
    ),
    ("p50 ms", |_, line| shown(line.median(|figures| figures.latency_ms.map(|ms| ms.p50)), 1)),
    ("p95 ms", |_, line| shown(line.median(|figures| figures.latency_ms.map(|ms| ms.p95)), 1)),
    ("p99 ms", |_, line| shown(line.median(|figures| figures.latency_ms.map(|ms| ms.p99)), 1)),
    ("others p99", |_, line| shown(line.median(|figures| figures.others_ms.map(|ms| ms.p99)), 1)),
    ("batch", |_, line| shown(line.median(|figures| figures.batch_mean), 1)),
    ("server s/k", |_, line| shown(line.median(|figures| figures.server_cpu_s), 3)),
    ("own s/k", |_, line| shown(line.median(|figures| Some(figures.own_cpu_s)), 3)),
    ("own/server", |_, line| {
        let share = |figures: &Figures| ratio(figures.own_cpu_s, figures.server_cpu_s?);
        line.median(share).map_or_else(|| "-".to_owned(), |share| format!("{:.0}%", share * 100.0))
    }),
    ("last/first", |report, line| shown(report.last_by_first(line), 2)),
    ("offered/s", |_, line| shown(line.median(|figures| figures.offered_per_second), 0)),
    ("MiB beyond", |_, line| shown(line.median(|figures| figures.memory.map(|memory| memory.beyond_mib)), 1)),
    ("alloc B", |_, line| shown(line.median(|figures| figures.allocated_bytes), 0)),
    ("failed", |_, line| line.rounds.iter().map(|figures| figures.failed).sum::<u64>().to_string()),
];

impl Report {
    /// The columns in which a line has something.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let is_used = |(_, of): &Column| self.lines.iter().any(|line| of(self, line) != "-");
        COLUMNS.into_iter().filter(is_used).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { laneway, postgres, cores, system } = &self.machine;
        write!(f, "Laneway {laneway}, PostgreSQL {postgres}, {cores} cores, {system}")?;
        let columns = self.columns();
        let label_width = self.lines.iter().map(|line| line.label().chars().count()).max().unwrap_or(0).max(10);
        for group in self.groups() {
            if let Some(Line { documents, workload, .. }) = group.first() {
                write!(f, "\n\n{documents}: {workload}\n{:<label_width$}", "system")?;
            }
            columns.iter().try_for_each(|(title, _)| write!(f, " {title:>width$}", width = width(title)))?;
            for line in group {
                write!(f, "\n{:<label_width$}", line.label())?;
                for (title, of) in &columns {
                    write!(f, " {:>width$}", of(self, line), width = width(title))?;
                }
            }
            if group.iter().any(|line| line.split().is_some()) {
                write!(f, "\n{:<label_width$} {:>7}", "ms each", "callers")?;
                SPLIT.iter().try_for_each(|(title, _)| write!(f, " {title:>width$}", width = width(title)))?;
            }
            for (line, split) in group.iter().filter_map(|line| Some((line, line.split()?))) {
                let callers = line.callers.map_or_else(|| "-".to_owned(), |callers| callers.to_string());
                write!(f, "\n{:<label_width$} {callers:>7}", line.label())?;
                for ((title, _), ms) in SPLIT.iter().zip(split) {
                    write!(f, " {ms:>width$.1}", width = width(title))?;
                }
            }
        }
        Ok(())
    }
}

fn width(title: &str) -> usize {
    title.len().max(7)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use expect_test::expect;

    fn figures(docs_per_second: f64, p50: Option<f64>) -> Figures {
        Figures {
            docs_per_second,
            latency_ms: p50.map(|p50| Percentiles { p50, p95: p50 * 2.0, p99: p50 * 4.0 }),
            batch_mean: Some(64.0),
            server_cpu_s: Some(0.35),
            own_cpu_s: 0.035,
            parts_s: vec![1.0, 1.5],
            ..Figures::default()
        }
    }

    fn line(system: &str, callers: Option<usize>, rounds: Vec<Figures>) -> Line {
        let (documents, workload) = ("generated".to_owned(), "new documents");
        Line { documents, workload, system: system.to_owned(), callers, rounds, ..Line::default() }
    }

    /// A report with every kind of figure.
    pub(crate) fn report() -> Report {
        let limit = [5_000.0, 6_000.0, 5_500.0].map(|rate| figures(rate, None));
        let laneway = [2_000.0, 4_000.0].map(|rate| Figures {
            parts_s: vec![1.0, 1.8],
            split_ms: Some(Split { extraction: 1.0, queue: 2.0, resolve: 3.0, apply: 4.0, commit: 5.0, rest: 0.5 }),
            memory: Some(Memory { before_mib: 80.0, beyond_mib: 12.25, bodies_mib: 1.5 }),
            ..figures(rate, Some(20.0))
        });
        let paced = Figures { offered_per_second: Some(1_500.0), ..figures(1_499.5, Some(7.0)) };
        let equal =
            Line { workload: "stored documents", ..line("laneway", Some(256), vec![figures(12_000.0, Some(9.0))]) };
        let dotnet = Figures { allocated_bytes: Some(120.0), ..figures(2_950.0, Some(21.0)) };
        Report {
            machine: Machine { laneway: "0.1.0", postgres: "15.3".into(), cores: 2, system: "linux x86_64".into() },
            documents: vec![Loaded { name: "generated".into(), documents: 20_000, bytes: 30_000_000 }],
            lines: vec![
                line("limit(128)", None, limit.to_vec()),
                line("laneway", Some(256), laneway.to_vec()),
                line("laneway", Some(64), vec![figures(2_500.0, Some(11.0))]),
                line("dotnet", Some(256), vec![dotnet]),
                Line { share: Some(0.5), ..line("laneway", None, vec![paced]) },
                equal,
            ],
        }
    }

    #[test]
    fn the_table_shows_medians_and_how_far_rounds_lie_apart() {
        expect![[r"
            Laneway 0.1.0, PostgreSQL 15.3, 2 cores, linux x86_64

            generated: new documents
            system          callers  docs/s  spread   ratio  beside  p50 ms  p95 ms  p99 ms   batch server s/k own s/k own/server last/first offered/s MiB beyond alloc B  failed
            limit(128)            -    5500     18%    1.00    1.00       -       -       -    64.0      0.350   0.035        10%       1.00         -          -       -       0
            laneway             256    3000     67%    0.55    1.00    20.0    40.0    80.0    64.0      0.350   0.035        10%       1.20         -       12.2       -       0
            laneway              64    2500      0%    0.45    1.00    11.0    22.0    44.0    64.0      0.350   0.035        10%       1.00         -          -       -       0
            dotnet              256    2950      0%    0.54    1.00    21.0    42.0    84.0    64.0      0.350   0.035        10%       1.00         -          -     120       0
            laneway at 50 %       -    1500      0%    0.27    1.00     7.0    14.0    28.0    64.0      0.350   0.035        10%       1.00      1500          -       -       0
            ms each         callers extraction   queue resolve   apply  commit    rest
            laneway             256        1.0     2.0     3.0     4.0     5.0     0.5

            generated: stored documents
            system          callers  docs/s  spread   ratio  beside  p50 ms  p95 ms  p99 ms   batch server s/k own s/k own/server last/first offered/s MiB beyond alloc B  failed
            laneway             256   12000      0%    1.00    4.00     9.0    18.0    36.0    64.0      0.350   0.035        10%       1.50         -          -       -       0"]]
        .assert_eq(&report().to_string());
    }

    #[test]
    fn columns_without_a_figure_are_left_out() {
        let mut report = report();
        report.lines.truncate(1);
        let titles: Vec<_> = report.columns().iter().map(|(title, _)| *title).collect();
        let wanted =
            ["docs/s", "spread", "ratio", "batch", "server s/k", "own s/k", "own/server", "last/first", "failed"];
        assert_eq!(titles, wanted);
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!([median([].into_iter()), median([3.0, 1.0, 2.0, 4.0].into_iter())], [None, Some(2.5)]);
    }

    #[test]
    fn the_object_has_rounded_figures() {
        let mut report = report();
        report.lines[0].rounds[0].own_cpu_s = 0.123_456_7;
        assert_eq!(report.json()["lines"][0]["rounds"][0]["own_cpu_s"], 0.1235);
    }
}
