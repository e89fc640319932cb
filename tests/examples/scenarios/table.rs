//! A scenario's table, printed row by row as its rows are found out. Knows no scenario.

/// A table and whether all its rows are as promised.
pub(crate) struct Table {
    kept: bool,
}

impl Table {
    /// Prints the head.
    pub(crate) fn new(columns: &[&str]) -> Self {
        println!("| {} | kept |", columns.join(" | "));
        println!("|{}", "---|".repeat(columns.len() + 1));
        Self { kept: true }
    }

    /// Prints a row, and whether it is as promised.
    pub(crate) fn row(&mut self, cells: &[String], kept: bool) {
        self.kept &= kept;
        println!("| {} | {} |", cells.join(" | "), if kept { "yes" } else { "NO" });
    }

    /// Whether all rows were.
    pub(crate) fn kept(self) -> bool {
        self.kept
    }
}

/// Seconds or milliseconds, as they are read best.
pub(crate) fn time(duration: std::time::Duration) -> String {
    if duration.as_secs() >= 1 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} ms", duration.as_millis())
    }
}
