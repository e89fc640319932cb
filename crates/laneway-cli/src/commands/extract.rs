//! `laneway extract`: the extraction of each document, without any database.

use std::io::{self, Write};
use std::path::PathBuf;

use laneway_model::{ExtractWorker, Extractor, Outcome, describe_extraction};
use laneway_plugin::Plugins;
use serde_json::{Value as Json, json};

use crate::commands::endpoint::EndpointArgs;
use crate::documents::{Documents, Input, Inputs, Line, LineError, ReadError, nothing_read};
use crate::failure::{Exit, Failure};
use crate::outcome::refusal;
use crate::plugins::{PluginArgs, endpoints, extent};

/// Prints the extraction of each document (its identity, references and security elements) as one JSON object a line,
/// or {"error":{"code","message"}} where it cannot be extracted. Needs no database.
///
/// Exit codes: 0 each line has its result, 1 no document could be extracted, 2 wrong usage, or no line is a document.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    plugins: PluginArgs,
    /// Take bodies as they are: texts that stand for dates, booleans and numbers stay texts. In an identity they are
    /// refused.
    #[arg(long)]
    no_coercion: bool,
    /// Files of documents or folders of them, as `laneway load` takes them. Without any, or with `-`, reads standard input.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    endpoint: EndpointArgs,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(mut self) -> Result<Exit, Failure> {
        self.plugins.return_documents(&mut self.files);
        if self.files.is_empty() {
            self.files.push("-".into());
        }
        let mut inputs = Inputs::find(&self.files)?;
        let plugins = self.plugins.load()?.coercing(extent(!self.no_coercion));
        inputs.name_endpoints(&endpoints(&plugins), self.endpoint.endpoint.as_deref())?;
        let output = io::LineWriter::new(io::stdout().lock());
        let mut extraction = Session { worker: plugins.worker(), plugins, output, lines: 0, named: 0, extracted: 0 };
        for input in &inputs.all {
            extraction.input(input)?;
        }
        extraction.exit()
    }
}

/// Extracts document by document; each result is out before the next one is read, so that another program may converse.
struct Session<W> {
    plugins: Plugins,
    worker: Box<dyn ExtractWorker>,
    output: W,
    /// Lines that were read, and how many of them named a document.
    lines: usize,
    named: usize,
    extracted: usize,
}

impl<W: Write> Session<W> {
    fn input(&mut self, input: &Input) -> Result<(), Failure> {
        let unreadable = |error: ReadError| Failure::usage(error, "Check the file.");
        let mut documents = Documents::open(input).map_err(unreadable)?;
        loop {
            let Some((_, found)) = documents.next(&mut self.lines).map_err(unreadable)? else { return Ok(()) };
            let result = match found {
                Ok(line) => self.document(&line),
                Err(error) => bad_line(&error),
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
    }

    fn exit(&self) -> Result<Exit, Failure> {
        match self {
            Self { lines: 0, .. } | Self { extracted: 1.., .. } => Ok(Exit::Success),
            Self { named: 1.., .. } => Ok(Exit::SomeFailed),
            Self { lines, .. } => Err(nothing_read(*lines as u64)),
        }
    }

    fn document(&mut self, line: &Line<'_>) -> Json {
        self.named += 1;
        let extracted = self.plugins.route(&line.project, &line.endpoint).map_err(Outcome::from).and_then(|route| {
            let body = line.body.as_bytes();
            let coerced = self.worker.coerce(&route, body);
            self.worker.extract(&route, coerced.as_deref().unwrap_or(body))
        });
        match extracted {
            Ok(extraction) => {
                self.extracted += 1;
                describe_extraction(&extraction)
            }
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
