//! `laneway extract`: the extraction of each document, without any database.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use laneway_model::{ExtractWorker, Extractor, Outcome, describe_extraction};
use laneway_plugin::Plugins;
use serde_json::{Value as Json, json};

use crate::documents::{Input, Inputs, LINE_BYTES_MAX, Line, LineError, Lines, Raw};
use crate::failure::{Exit, Failure};
use crate::outcome::refusal;
use crate::plugins::{PluginArgs, extent};

/// Prints the extraction of each document (its identity, references and security elements) as one JSON object a line,
/// or {"error":{"code","message"}} where it cannot be extracted. Needs no database.
///
/// Exit codes: 0 each line has its result, 2 wrong usage.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    plugins: PluginArgs,
    /// Take bodies as they are: texts that stand for dates, booleans and numbers stay texts. In an identity they are
    /// refused.
    #[arg(long)]
    no_coercion: bool,
    /// NDJSON files, or folders of them: one {"project","endpoint","body"} a line (or "body_text"). Without any, or with
    /// `-`, reads standard input.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(mut self) -> Result<Exit, Failure> {
        self.plugins.return_documents(&mut self.files);
        if self.files.is_empty() {
            self.files.push("-".into());
        }
        let inputs = Inputs::find(&self.files)?;
        let plugins = self.plugins.load()?.coercing(extent(!self.no_coercion));
        let mut extraction =
            Session { worker: plugins.worker(), plugins, output: io::LineWriter::new(io::stdout().lock()) };
        for input in &inputs.all {
            let opened = input.open().map_err(|error| input.unreadable(&error))?;
            extraction.input(input, opened)?;
        }
        Ok(Exit::Success)
    }
}

/// Extracts line by line; each result is out before the next line is read, so that another program may converse.
struct Session<W> {
    plugins: Plugins,
    worker: Box<dyn ExtractWorker>,
    output: W,
}

impl<W: Write> Session<W> {
    fn input(&mut self, input: &Input, opened: impl BufRead) -> Result<(), Failure> {
        let mut lines = Lines::new(opened, LINE_BYTES_MAX);
        while let Some(raw) = lines.next().map_err(|error| input.unreadable(&error))? {
            let result = match raw {
                Raw::Line(line) if line.trim_ascii().is_empty() => continue,
                Raw::Line(line) => match Line::parse(line) {
                    Ok(line) => self.document(&line),
                    Err(error) => bad_line(&error),
                },
                Raw::TooLong => bad_line(&LineError::TooLong(LINE_BYTES_MAX)),
            };
            match writeln!(self.output, "{result}") {
                // The reader has gone away.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                written => written.map_err(|error| {
                    Failure::usage(
                        format_args!("cannot write to standard output: {error}"),
                        "Free some space, then start again.",
                    )
                })?,
            }
        }
        Ok(())
    }

    fn document(&mut self, line: &Line<'_>) -> Json {
        let extracted = self.plugins.route(&line.project, &line.endpoint).map_err(Outcome::from).and_then(|route| {
            let body = line.body.as_bytes();
            let coerced = self.worker.coerce(&route, body);
            self.worker.extract(&route, coerced.as_deref().unwrap_or(body))
        });
        match extracted {
            Ok(extraction) => describe_extraction(&extraction),
            Err(outcome) => error(refusal(&outcome)),
        }
    }
}

fn bad_line(cause: &LineError) -> Json {
    error(("invalid-line", &cause.to_string()))
}

fn error((code, message): (&str, &str)) -> Json {
    json!({"error": {"code": code, "message": message}})
}
