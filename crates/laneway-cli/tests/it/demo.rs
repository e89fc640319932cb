//! What `laneway demo` prints, in shape: the page that shows it (`docs/demo.txt`) is kept true by it. Numbers are the
//! machine's own.

use laneway_tests::need;

use crate::program::{RunResult, laneway};

const SHOWN: &str = include_str!("../../../../docs/demo.txt");
/// Lines that say where it ran.
const OF_THE_MACHINE: [&str; 2] = ["server", "store        laneway_demo"];
/// Blocks whose rows are those of the data; the others name the same in each run.
const OF_THE_DATA: [&str; 2] = ["Most frequent resources", "Who may see"];

#[test]
fn the_demo_prints_what_its_page_shows() {
    let Some(server) = need::server() else { return };
    let mut demo = laneway(&["demo", "--documents", "2000"]);
    let result = RunResult::from(demo.env("LANEWAY_DATABASE_URL", server.config().url()).output().unwrap());
    assert_eq!(result.code, Some(0), "{}", result.err);
    let (command, shown) = SHOWN.split_once('\n').unwrap();
    assert_eq!(command, "$ cargo xtask demo");
    assert_eq!(blocks(&result.out), blocks(shown));
}

/// The shape of each block of lines.
fn blocks(text: &str) -> Vec<Vec<String>> {
    let of_the_data = |block: &str| OF_THE_DATA.iter().any(|title| block.starts_with(title));
    let shape = |block: &str| block.lines().map(|line| shape(line, of_the_data(block))).collect();
    text.trim().split("\n\n").map(shape).collect()
}

/// A row by its label, another line by its words.
fn shape(line: &str, of_the_data: bool) -> String {
    if let Some(row) = line.strip_prefix("  ") {
        let label = row.split("  ").next().unwrap_or_default();
        return if of_the_data { "a row".to_owned() } else { label.to_owned() };
    }
    if let Some(start) = OF_THE_MACHINE.iter().find(|start| line.starts_with(**start)) {
        return (*start).to_owned();
    }
    // Whose arrays depend on the order of writing is found in some runs only.
    line.split_once("; arrays of ")
        .map_or(line, |(same, _)| same)
        .split(' ')
        .map(|word| if word.starts_with(|c: char| c.is_ascii_digit()) { "#" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}
