//! `laneway extract`: what documents say about themselves, without any database.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use laneway_model::{ExtractWorker, Extractor, Outcome};
use laneway_plugin::Plugins;
use serde_json::Value as Json;

use crate::documents::{Input, Inputs, LINE_BYTES_MAX, Line, LineError, Lines, Raw};
use crate::extraction;
use crate::failure::{Exit, Failure};
use crate::plugins::PluginArgs;

/// Prints for each line, in order, what its document says about itself: identity, references, security elements;
/// or {"error":{"code","message"}}.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    plugins: PluginArgs,
    /// NDJSON files or folders of them, lines {"project","endpoint","body"} or with "body_text"; none or `-`:
    /// standard input.
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
        let plugins = self.plugins.load()?;
        let mut extraction =
            Session { worker: plugins.worker(), plugins, output: io::LineWriter::new(io::stdout().lock()) };
        for input in &inputs.all {
            let opened = input.open().map_err(|error| unreadable(input, &error))?;
            extraction.input(input, opened)?;
        }
        Ok(Exit::Success)
    }
}

/// Extracts line by line; each answer is out before the next line is read, so that another program may converse.
struct Session<W> {
    plugins: Plugins,
    worker: Box<dyn ExtractWorker>,
    output: W,
}

impl<W: Write> Session<W> {
    fn input(&mut self, input: &Input, opened: impl BufRead) -> Result<(), Failure> {
        let mut lines = Lines::new(opened, LINE_BYTES_MAX);
        while let Some(raw) = lines.next().map_err(|error| unreadable(input, &error))? {
            let answer = match raw {
                Raw::Line(line) if line.trim_ascii().is_empty() => continue,
                Raw::Line(line) => match Line::parse(line) {
                    Ok(line) => self.document(&line),
                    Err(error) => bad_line(&error),
                },
                Raw::TooLong => bad_line(&LineError::TooLong(LINE_BYTES_MAX)),
            };
            match writeln!(self.output, "{answer}") {
                // Whoever read has had enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                written => written.map_err(|error| {
                    Failure::usage(
                        format_args!("cannot write to standard output: {error}"),
                        "Make room for it, then start again.",
                    )
                })?,
            }
        }
        Ok(())
    }

    fn document(&mut self, line: &Line<'_>) -> Json {
        let extracted = self
            .plugins
            .route(&line.project, &line.endpoint)
            .map_err(Outcome::from)
            .and_then(|route| self.worker.extract(&route, line.body.as_bytes()));
        match extracted {
            Ok(extracted) => extraction::describe(&extracted),
            Err(outcome) => extraction::describe_refusal(&outcome),
        }
    }
}

fn bad_line(error: &LineError) -> Json {
    extraction::refusal("invalid-line", &error.to_string())
}

fn unreadable(input: &Input, error: &io::Error) -> Failure {
    Failure::usage(format_args!("cannot read {}: {error}", input.name()), "Check the file.")
}
