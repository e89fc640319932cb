//! A few questions to a loaded store, and its answers: what a newcomer would ask first.

use laneway_pgconfig::Config;

use super::rows::rows;
use crate::console;
use crate::failure::Failure;

/// Runs the queries and prints their results.
pub(crate) async fn print_samples(config: &Config) -> Result<(), Failure> {
    for (title, sql) in [
        ("Rows", include_str!("samples/rows.sql")),
        ("Most frequent resources", include_str!("samples/resources.sql")),
        ("A document as it is stored", include_str!("samples/document.sql")),
        (
            "Who may see the documents of a student: the organizations above the schools",
            include_str!("samples/arrays.sql"),
        ),
    ] {
        print(title, &rows(config, sql).await?);
    }
    Ok(())
}

/// Prints a table with a title; numbers right, texts left.
fn print(title: &str, rows: &[[String; 2]]) {
    console::result(format_args!("\n{title}"));
    let width = rows.iter().map(|[name, _]| name.chars().count()).max().unwrap_or(0);
    let value_width = rows.iter().map(|[_, value]| value.len()).max().unwrap_or(0);
    for [name, value] in rows {
        if value.bytes().all(|byte| byte.is_ascii_digit()) {
            console::result(format_args!("  {name:width$}  {value:>value_width$}"));
        } else {
            console::result(format_args!("  {name:width$}  {value}"));
        }
    }
}
