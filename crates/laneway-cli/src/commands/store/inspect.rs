//! `laneway store inspect`: what a database is like as a store.

use laneway_postgres::inspect::{Finding, Inspection, Severity, inspect};

use crate::console;
use crate::failure::{Exit, Failure, chain};
use crate::store::DatabaseArgs;

/// Shows what a database is like as a store: its layout, missing keys, indexes and triggers, rights, settings, locks,
/// replication, sizes; each finding with what to do. Changes nothing.
///
/// Exit codes: 0 no problems, 1 there are some, 2 wrong usage, 3 database error.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Print all of it as one JSON object.
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        let config = self.database.config()?;
        let inspection =
            inspect(&config).await.map_err(|error| Failure::database(chain(&error), "Nothing was changed."))?;
        if self.json {
            let object = serde_json::to_value(&inspection).map_err(|error| {
                Failure::usage(format_args!("the findings are no JSON: {error}"), "Leave out --json.")
            })?;
            console::result(object);
        } else {
            print(&inspection);
        }
        let is_problem = |finding: &Finding| finding.severity == Severity::Problem;
        Ok(if inspection.findings.iter().any(is_problem) { Exit::SomeFailed } else { Exit::Success })
    }
}

fn print(inspection: &Inspection) {
    let Inspection { layout, server, locks_max, tables, findings } = inspection;
    console::result(format_args!(
        "database     {}, role {}, {} sessions",
        server.database, server.role, server.sessions
    ));
    console::result(format_args!("server       PostgreSQL {}", server.version));
    console::result(format_args!("layout       {layout}"));
    console::result(format_args!("lock table   {locks_max} objects"));
    for (name, value) in &server.settings {
        console::result(format_args!("setting      {name} = {value}"));
    }
    console::result(format_args!("\n{:<56} {:>5} {:>12} {:>10} {:>10}", "table", "parts", "rows", "MiB", "indexes"));
    for table in tables {
        let mib = |bytes: u64| format!("{:.1}", bytes as f64 / f64::from(1 << 20));
        let (bytes, indexes) = (mib(table.bytes), mib(table.index_bytes));
        console::result(format_args!(
            "{:<56} {:>5} {:>12} {bytes:>10} {indexes:>10}",
            table.name,
            table.partitions.max(1),
            table.rows
        ));
    }
    console::result("");
    if findings.is_empty() {
        console::result("no findings");
    }
    for Finding { severity, area, what, next } in findings {
        console::result(format_args!("{:<8} {area}: {what}\n         {next}", severity.as_str()));
    }
}
