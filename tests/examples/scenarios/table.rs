//! A scenario's table, printed row by row as its rows are found out. Knows no scenario.

/// A table and whether all its rows are as promised.
pub(crate) struct Table {
    text: String,
    kept: bool,
}

impl Table {
    /// Prints the head.
    pub(crate) fn new(columns: &[&str]) -> Self {
        let mut table = Self { text: String::new(), kept: true };
        table.line(&format!("| {} | kept |", columns.join(" | ")));
        table.line(&format!("|{}", "---|".repeat(columns.len() + 1)));
        table
    }

    fn line(&mut self, line: &str) {
        println!("{line}");
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Prints a row, and whether it is as promised.
    pub(crate) fn row(&mut self, cells: &[String], kept: bool) {
        self.kept &= kept;
        self.line(&format!("| {} | {} |", cells.join(" | "), if kept { "yes" } else { "NO" }));
    }

    /// What was printed.
    pub(crate) fn text(&self) -> &str {
        &self.text
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
