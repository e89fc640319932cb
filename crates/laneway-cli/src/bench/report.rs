//! What a benchmark came to: medians of rounds, as a table for people and an object for programs. Knows neither systems nor
//! databases.

use std::fmt;

use serde::Serialize;

/// What one run of one system showed.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub(crate) struct Figures {
    /// Documents settled a second.
    pub(crate) docs_per_second: f64,
    /// From submission to outcome, in milliseconds; none where documents are not submitted one by one.
    pub(crate) p50_ms: Option<f64>,
    /// As `p50_ms`.
    pub(crate) p99_ms: Option<f64>,
    /// Documents in a transaction, on average.
    pub(crate) batch_mean: f64,
    /// The server's processor time for 1,000 documents, in seconds; none where its processes are not to be seen.
    pub(crate) server_cpu_s: Option<f64>,
    /// This process's.
    pub(crate) own_cpu_s: f64,
    /// Documents that were not stored.
    pub(crate) failed: u64,
}

/// One system under one load, with a figure for each round.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Line {
    /// The system.
    pub(crate) system: String,
    /// How many callers it had.
    pub(crate) callers: Option<usize>,
    /// One a round.
    pub(crate) rounds: Vec<Figures>,
}

/// All lines, in the order in which they are shown.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Report {
    /// What was loaded, and how.
    pub(crate) workload: &'static str,
    /// The systems.
    pub(crate) lines: Vec<Line>,
}

/// The middle one, or the mean of the two in the middle; 0 when there is none.
fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = figures.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (low, high) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
    sorted.get(low).zip(sorted.get(high)).map_or(0.0, |(low, high)| f64::midpoint(*low, *high))
}

impl Line {
    fn rates(&self) -> impl Iterator<Item = f64> {
        self.rounds.iter().map(|figures| figures.docs_per_second)
    }

    /// How far the rounds lie apart, as a share of their median.
    fn spread(&self) -> f64 {
        let (least, most) = (self.rates().fold(f64::INFINITY, f64::min), self.rates().fold(0.0, f64::max));
        let median = median(self.rates());
        if median > 0.0 { (most - least) / median } else { 0.0 }
    }

    /// A median where every round has the figure.
    fn optional(&self, of: impl Fn(&Figures) -> Option<f64>) -> Option<f64> {
        let figures: Option<Vec<f64>> = self.rounds.iter().map(of).collect();
        figures.map(|figures| median(figures.into_iter()))
    }
}

impl fmt::Display for Report {
    /// Ratios are those of medians to the first line's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown =
            |figure: Option<f64>, digits| figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"));
        let first = self.lines.first().map_or(0.0, |line| median(line.rates()));
        writeln!(f, "{}", self.workload)?;
        write!(
            f,
            "{:<12} {:>7} {:>8} {:>7} {:>7} {:>9} {:>9} {:>7} {:>11} {:>9} {:>7}",
            "system",
            "callers",
            "docs/s",
            "spread",
            "ratio",
            "p50 ms",
            "p99 ms",
            "batch",
            "server s/k",
            "own s/k",
            "failed"
        )?;
        for line in &self.lines {
            let rate = median(line.rates());
            write!(
                f,
                "\n{:<12} {:>7} {:>8.0} {:>6.0}% {:>7.2} {:>9} {:>9} {:>7.1} {:>11} {:>9.3} {:>7}",
                line.system,
                line.callers.map_or_else(|| "-".to_owned(), |callers| callers.to_string()),
                rate,
                line.spread() * 100.0,
                if first > 0.0 { rate / first } else { 0.0 },
                shown(line.optional(|figures| figures.p50_ms), 1),
                shown(line.optional(|figures| figures.p99_ms), 1),
                median(line.rounds.iter().map(|figures| figures.batch_mean)),
                shown(line.optional(|figures| figures.server_cpu_s), 3),
                median(line.rounds.iter().map(|figures| figures.own_cpu_s)),
                line.rounds.iter().map(|figures| figures.failed).sum::<u64>(),
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn figures(docs_per_second: f64, p50_ms: Option<f64>) -> Figures {
        Figures {
            docs_per_second,
            p50_ms,
            p99_ms: p50_ms.map(|p50| p50 * 4.0),
            batch_mean: 64.0,
            server_cpu_s: Some(0.35),
            own_cpu_s: 0.05,
            failed: 0,
        }
    }

    #[test]
    fn the_table_shows_medians_and_how_far_rounds_lie_apart() {
        let limit = [5_000.0, 6_000.0, 5_500.0].map(|rate| figures(rate, None));
        let laneway = [2_000.0, 4_000.0].map(|rate| figures(rate, Some(20.0)));
        let lines = vec![
            Line { system: "limit(128)".to_owned(), callers: None, rounds: limit.to_vec() },
            Line { system: "laneway".to_owned(), callers: Some(256), rounds: laneway.to_vec() },
        ];
        expect![[r"
            file order
            system       callers   docs/s  spread   ratio    p50 ms    p99 ms   batch  server s/k   own s/k  failed
            limit(128)         -     5500     18%    1.00         -         -    64.0       0.350     0.050       0
            laneway          256     3000     67%    0.55      20.0      80.0    64.0       0.350     0.050       0"]]
        .assert_eq(&Report { workload: "file order", lines }.to_string());
    }

    #[test]
    fn nothing_has_a_median_of_zero() {
        assert_eq!([median([].into_iter()), median([3.0, 1.0, 2.0].into_iter())], [0.0, 2.0]);
    }
}
