//! Where the plugins come from: `--schema FILE…` or `--plugins DIR`.

use std::path::{Path, PathBuf};

use laneway_plugin::{PluginSet, PluginSettings, Plugins};
use laneway_schema::{ApiSchema, Layout, Options, Plugin};

use super::open::open_set;
use super::{TrustArgs, code_cache};
use crate::failure::{Failure, chain};

/// The options that name the plugins, and whom to trust.
#[derive(clap::Args, Debug)]
pub(crate) struct PluginArgs {
    #[command(flatten)]
    from: SourceArgs,
    #[command(flatten)]
    trust: TrustArgs,
}

/// Where plugins come from; exactly one of the two is given.
#[derive(clap::Args, Debug)]
#[group(required = true, multiple = false)]
struct SourceArgs {
    /// ApiSchema files, the core project's and any extensions', which are compiled in memory. Takes every FILE up to the
    /// next option, `*.ndjson` file, folder or `-`.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    schema: Vec<PathBuf>,
    /// Folder that `laneway plugin compile` wrote, or a single component (*.wasm).
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
}

impl PluginArgs {
    /// Gives back what `--schema` took of the documents' names: an option with many values would take them all.
    pub(crate) fn return_documents(&mut self, documents: &mut Vec<PathBuf>) {
        let is_document = |path: &PathBuf| {
            path.extension().is_some_and(|extension| extension == "ndjson") || path.as_os_str() == "-" || path.is_dir()
        };
        if let Some(first) = self.from.schema.iter().position(is_document) {
            let mut returned = self.from.schema.split_off(first);
            returned.append(documents);
            *documents = returned;
        }
    }

    /// The plugins, ready to run.
    pub(crate) fn load(&self) -> Result<Plugins, Failure> {
        let trust = self.trust.trust()?;
        match &self.from.plugins {
            Some(plugins) => load_with(&open_set(plugins)?, PluginSettings { trust, ..settings()? }),
            None => load(
                compile(&self.from.schema, Layout::PerProject)?
                    .into_iter()
                    .map(|plugin| (plugin.name, plugin.wasm))
                    .collect(),
            ),
        }
    }
}

/// Compiles the schemas of `files` into components: bundles are ready soonest, one per resource can be replaced singly.
pub(crate) fn compile(files: &[PathBuf], layout: Layout) -> Result<Vec<Plugin>, Failure> {
    compile_with(files, &Options { layout, ..Options::default() })
}

/// Compiles the schemas of `files` with `options`.
pub(crate) fn compile_with(files: &[PathBuf], options: &Options) -> Result<Vec<Plugin>, Failure> {
    if files.is_empty() {
        return Err(Failure::usage("no schema file is named", "Name the core project's ApiSchema file with --schema."));
    }
    let schemas = files.iter().map(|file| parse(file)).collect::<Result<Vec<_>, _>>()?;
    laneway_schema::compile_with(&schemas, options).map_err(|error| bad_schema(&chain(&error)))
}

fn parse(file: &Path) -> Result<ApiSchema, Failure> {
    let next = "Name the ApiSchema file of a project, as the service publishes it.";
    let json = std::fs::read(file).map_err(|error| Failure::file("read", file, &error, next))?;
    ApiSchema::parse(&file.display().to_string(), &json).map_err(|error| bad_schema(&chain(&error)))
}

fn bad_schema(what: &str) -> Failure {
    Failure::usage(what, "Nothing was written. Correct the schema, or name another file.")
}

/// Makes components ready to run.
pub(crate) fn load(components: Vec<(String, Vec<u8>)>) -> Result<Plugins, Failure> {
    load_with(&components.into(), settings()?)
}

fn settings() -> Result<PluginSettings, Failure> {
    Ok(PluginSettings { code_cache: code_cache::open()?, ..PluginSettings::default() })
}

/// Makes a set ready to run under other settings.
pub(super) fn load_with(set: &PluginSet, settings: PluginSettings) -> Result<Plugins, Failure> {
    Plugins::load_set(set, settings).map_err(|error| {
        let next = match error.code() {
            "not-allowed" => "Add its SHA-256 to the list, if it is what you want to run.",
            "not-signed" | "wrong-signature" => "Sign the folder: laneway plugin sign DIR --key FILE",
            _ => "Compile them again with this version of laneway.",
        };
        Failure::usage(format_args!("the plugins cannot be used: {}", chain(&error)), next)
    })
}
