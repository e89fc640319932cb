//! `laneway plugin check`: a verdict on plugins before a host loads them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use laneway_model::{Extraction, Outcome, describe_extraction};
use laneway_plugin::{Description, PluginFile};
use laneway_sample::mutation;
use laneway_schema::Layout;
use serde_json::Value as Json;

use crate::commands::endpoint::EndpointArgs;
use crate::console;
use crate::failure::{Exit, Failure};
use crate::outcome::refusal;
use crate::plugins::{self, Runner, Sample};

/// Documents held in memory, in bytes.
const DOCUMENTS_BYTES_MAX: usize = 1 << 30;
/// How many findings are shown of each kind.
const SHOWN_MAX: usize = 5;
/// How much of a document a finding shows.
const SHOWN_CHARS_MAX: usize = 160;
/// How large a document is made to see whether a plugin keeps within its time.
const LARGE_BYTES: usize = 4 << 20;
/// For how many resources that is tried: it takes a second for every ten.
const LARGE_RESOURCES_MAX: usize = 30;

/// Checks plugins with recorded cases, malformed documents and the host's limits, and shows what is wrong with them.
///
/// Exit codes: 0 nothing is wrong, 1 something is, 2 wrong usage.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A folder of plugins, components (*.wasm), or ApiSchema files.
    #[arg(value_name = "PLUGINS", required = true)]
    plugins: Vec<PathBuf>,
    /// Recorded cases: lines {"name","project","endpoint","body_text","expected"}, where `expected` is what
    /// `laneway extract` prints or {"error": code}.
    #[arg(long, value_name = "FILE")]
    vectors: Option<PathBuf>,
    /// Only the recorded cases with these "schemas", such as ds-5.2,tpdm.
    #[arg(long, value_name = "NAMES", requires = "vectors", value_delimiter = ',')]
    schemas: Vec<String>,
    /// Good documents, tried as they are and malformed: files or folders, as `laneway load` takes them. Without any, the
    /// recorded cases and documents made from the manifests are used.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    documents: Vec<PathBuf>,
    #[command(flatten)]
    endpoint: EndpointArgs,
    /// Number of malformed documents to try.
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    malformed: usize,
    /// Seed of everything random.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let set = plugins::open(&self.plugins, Layout::PerProject)?;
        let mut verdict = Verdict::default();
        let mut samples = described(&set, &mut verdict)?;
        if verdict.findings > 0 {
            return Ok(verdict.print());
        }
        let mut check = Check { runner: Runner::new(set)?, verdict };
        if let Some(file) = &self.vectors {
            samples.append(&mut check.vectors(file, &self.schemas)?);
        }
        if !self.documents.is_empty() {
            let (endpoints, chosen) = (plugins::endpoints(check.runner.plugins()), self.endpoint.endpoint.as_deref());
            samples = plugins::read_samples(&self.documents, &endpoints, chosen, DOCUMENTS_BYTES_MAX)?;
            check.good(&samples);
        }
        samples.retain(|sample| check.serves(sample));
        check.malformed(&samples, self.malformed, self.seed);
        check.limits(&samples);
        Ok(check.verdict.print())
    }
}

/// The manifests, as a publish would see them, and a document for each resource.
fn described(set: &[PluginFile], verdict: &mut Verdict) -> Result<Vec<Sample>, Failure> {
    let settings = plugins::settings()?;
    let (mut samples, mut findings) = (Vec::new(), Vec::new());
    for file in set {
        match Description::of(file, &settings) {
            Ok(description) => samples.append(&mut plugins::imagined(&description)),
            Err(error) => findings.push(error.to_string()),
        }
    }
    verdict.note("manifests", set.len(), &findings);
    Ok(samples)
}

/// What was found.
#[derive(Default)]
struct Verdict {
    findings: usize,
    /// The kinds of check that had nothing to try.
    idle: Vec<&'static str>,
}

impl Verdict {
    /// Tells what one kind of check found.
    fn note(&mut self, what: &'static str, tried: usize, findings: &[String]) {
        self.findings += findings.len();
        let result = match findings {
            [] if tried == 0 => {
                self.idle.push(what);
                "nothing to try".to_owned()
            }
            [] => "ok".to_owned(),
            _ => format!("{} WRONG", findings.len()),
        };
        console::result(format_args!("{what:<10} {tried:>7} tried  {result}"));
        for finding in findings.iter().take(SHOWN_MAX) {
            console::result(format_args!("    {finding}"));
        }
        if findings.len() > SHOWN_MAX {
            console::result(format_args!("    and {} more", findings.len() - SHOWN_MAX));
        }
    }

    fn print(self) -> Exit {
        if self.findings == 0 {
            match &*self.idle {
                [] => console::result("verdict    good"),
                idle => console::result(format_args!(
                    "verdict    nothing found, but not checked: {}; name good documents of the resources that the plugins \
                     serve, which are JSON objects (--documents)",
                    idle.join(", ")
                )),
            }
            return Exit::Success;
        }
        console::result(format_args!("verdict    REFUSED: {} findings", self.findings));
        Exit::SomeFailed
    }
}

/// Plugins under check.
struct Check {
    runner: Runner,
    verdict: Verdict,
}

impl Check {
    fn serves(&self, sample: &Sample) -> bool {
        use laneway_model::Extractor as _;
        self.runner.plugins().route(&sample.project, &sample.endpoint).is_ok()
    }

    /// Recorded cases; gives their documents.
    fn vectors(&mut self, file: &Path, schemas: &[String]) -> Result<Vec<Sample>, Failure> {
        let next = "Name a file of recorded cases, one a line.";
        let text = std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error, next))?;
        let (mut samples, mut findings) = (Vec::new(), Vec::new());
        for (number, line) in text.lines().enumerate() {
            let bad = |what: &dyn std::fmt::Display| {
                Failure::usage(format_args!("{}, line {}: {what}", file.display(), number + 1), next)
            };
            let case: Json = serde_json::from_str(line).map_err(|error| bad(&error))?;
            let named: Vec<&str> = case["schemas"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            if !schemas.is_empty() && named != schemas.iter().map(String::as_str).collect::<Vec<_>>() {
                continue;
            }
            let text = |name: &str| case[name].as_str().ok_or_else(|| bad(&format_args!("no \"{name}\"")));
            let (project, endpoint, body) =
                (text("project")?.into(), text("endpoint")?.into(), text("body_text")?.into());
            let sample = Sample { project, endpoint, body };
            let found =
                self.runner.extract(&sample).map_or_else(|outcome| code(&outcome), |found| describe_extraction(&found));
            if found != case["expected"] {
                let name = case["name"].as_str().unwrap_or("a case");
                findings.push(format!("{name}: expected {}, found {}", short(&case["expected"]), short(&found)));
            }
            samples.push(sample);
        }
        self.verdict.note("vectors", samples.len(), &findings);
        Ok(samples)
    }

    /// Documents that must be taken.
    fn good(&mut self, samples: &[Sample]) {
        let refused = |(number, sample): (usize, &Sample)| {
            let outcome = self.runner.extract(sample).err()?;
            Some(format!("document {}: {}", number + 1, refusal(&outcome).1))
        };
        let findings: Vec<String> = samples.iter().enumerate().filter_map(refused).collect();
        self.verdict.note("documents", samples.len(), &findings);
    }

    /// Malformed documents: each is taken or refused, never the end of the plugin; what is no JSON is refused; and an
    /// instance that has seen others returns the same as a new one.
    fn malformed(&mut self, samples: &[Sample], count: usize, seed: u64) {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut findings = Vec::new();
        let tried = if samples.is_empty() { 0 } else { count };
        for _ in 0..tried {
            let Some(sample) = random.choice(samples) else { break };
            let malformed = Sample { body: mutation::mutate(&sample.body, &mut random), ..sample.clone() };
            let warm = self.runner.extract(&malformed);
            if let Some(finding) = fault(&malformed, &warm) {
                findings.push(finding);
            } else if !same(&warm, &self.runner.extract_anew(&malformed)) {
                findings.push(format!("returns something else after other documents: {}", shown(&malformed)));
            }
        }
        self.verdict.note("malformed", tried, &findings);
    }

    /// Documents that cost much: one that is long, one that is deep, and one that is too deep.
    fn limits(&mut self, samples: &[Sample]) {
        let mut seen = std::collections::HashSet::new();
        let mut findings = Vec::new();
        let (mut tried, mut slowest) = (0, Duration::ZERO);
        for sample in samples.iter().filter(|sample| is_object(&sample.body)) {
            if seen.len() == LARGE_RESOURCES_MAX || !seen.insert((&sample.project, &sample.endpoint)) {
                continue;
            }
            let deep = |levels| ["[".repeat(levels), "]".repeat(levels)].concat();
            for (what, padding) in [
                ("long", format!("\"{}\"", "x".repeat(LARGE_BYTES))),
                ("full", format!("[{}0]", "{\"y\":[0]},".repeat(LARGE_BYTES / 10))),
                ("deep", deep(63)),
                ("too deep", deep(64)),
            ] {
                let rest = sample.body.trim_start()[1..].trim_start();
                let comma = if rest.starts_with('}') { "" } else { "," };
                let body = format!("{{\"laneway-padding\":{padding}{comma}{rest}");
                let large = Sample { body, ..sample.clone() };
                let started = Instant::now();
                let outcome = self.runner.extract(&large);
                slowest = slowest.max(started.elapsed());
                tried += 1;
                let refused = matches!(&outcome, Err(Outcome::InvalidDocument { code, .. }) if code == "invalid-json");
                if let Some(finding) = fault(&large, &outcome) {
                    findings.push(format!("{what}: {finding}"));
                } else if what == "too deep" && !refused {
                    findings.push(format!("accepts 65 open brackets: {}", shown(&large)));
                }
            }
        }
        self.verdict.note("limits", tried, &findings);
        console::result(format_args!(
            "    slowest {:.1} ms of wall time, {} MiB",
            slowest.as_secs_f64() * 1e3,
            LARGE_BYTES >> 20
        ));
    }
}

/// Whether a good document is an object.
fn is_object(body: &str) -> bool {
    body.trim_start().starts_with('{')
}

/// What no plugin may do with a document, if it did.
fn fault(sample: &Sample, outcome: &Result<Extraction, Outcome>) -> Option<String> {
    match outcome {
        Err(Outcome::InvalidDocument { .. }) => None,
        Err(other) => Some(format!("{}: {}", refusal(other).1, shown(sample))),
        Ok(_) if serde_json::from_str::<&serde_json::value::RawValue>(&sample.body).is_err() => {
            Some(format!("accepts what is not JSON: {}", shown(sample)))
        }
        Ok(_) => None,
    }
}

fn same(one: &Result<Extraction, Outcome>, other: &Result<Extraction, Outcome>) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => describe_extraction(one) == describe_extraction(other),
        (Err(one), Err(other)) => one == other,
        _ => false,
    }
}

/// A refusal as the recorded cases have it.
fn code(outcome: &Outcome) -> Json {
    serde_json::json!({"error": refusal(outcome).0})
}

fn shown(sample: &Sample) -> String {
    format!("{}/{} {}", sample.project, sample.endpoint, cut(&sample.body))
}

fn short(json: &Json) -> String {
    cut(&json.to_string())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
