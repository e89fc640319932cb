//! Where the plugins come from: `--schema FILE…` or `--plugins DIR`.

use std::path::{Path, PathBuf};

use laneway_plugin::{PluginSettings, Plugins};
use laneway_schema::{ApiSchema, Layout, Options, Plugin};

use super::{code_cache, open};
use crate::failure::{Failure, chain};

/// The options that name the plugins; exactly one of the two is given.
#[derive(clap::Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct PluginArgs {
    /// ApiSchema files, the core project's and any extensions' (compiled at once, in memory). Takes every FILE up
    /// to the next option, `*.ndjson` file, folder or `-`.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    schema: Vec<PathBuf>,
    /// A folder that `laneway plugin compile` wrote, or a single component (*.wasm).
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
}

impl PluginArgs {
    /// Gives back what `--schema` took of the documents' names: an option with many values would take them all.
    pub(crate) fn return_documents(&mut self, documents: &mut Vec<PathBuf>) {
        let is_document = |path: &PathBuf| {
            path.extension().is_some_and(|extension| extension == "ndjson") || path.as_os_str() == "-" || path.is_dir()
        };
        if let Some(first) = self.schema.iter().position(is_document) {
            let mut returned = self.schema.split_off(first);
            returned.append(documents);
            *documents = returned;
        }
    }

    /// The plugins, ready to run.
    pub(crate) fn load(&self) -> Result<Plugins, Failure> {
        match &self.plugins {
            Some(plugins) => load(open(std::slice::from_ref(plugins), Layout::PerProject)?),
            None => load(
                compile(&self.schema, Layout::PerProject)?
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

/// Compiles the schemas of `files` as `options` say.
pub(crate) fn compile_with(files: &[PathBuf], options: &Options) -> Result<Vec<Plugin>, Failure> {
    if files.is_empty() {
        return Err(Failure::usage(
            "no schema file is named",
            "Name the core project's ApiSchema file behind --schema.",
        ));
    }
    let schemas = files.iter().map(|file| parse(file)).collect::<Result<Vec<_>, _>>()?;
    laneway_schema::compile_with(&schemas, options).map_err(|error| bad_schema(&chain(&error)))
}

fn parse(file: &Path) -> Result<ApiSchema, Failure> {
    let next = "Name the ApiSchema file of a project, as the service publishes it.";
    let json = std::fs::read(file).map_err(|error| Failure::file("read", file, &error, next))?;
    ApiSchema::parse(&file.display().to_string(), &json).map_err(|error| bad_schema(&chain(&error)))
}

fn bad_schema(said: &str) -> Failure {
    Failure::usage(said, "Nothing was written. Mend the schema, or name another file.")
}

/// Makes components ready to run.
pub(crate) fn load(components: Vec<(String, Vec<u8>)>) -> Result<Plugins, Failure> {
    load_with(components, PluginSettings { code_cache: code_cache::open()?, ..PluginSettings::default() })
}

/// Makes components ready to run under other bounds.
pub(super) fn load_with(components: Vec<(String, Vec<u8>)>, settings: PluginSettings) -> Result<Plugins, Failure> {
    Plugins::load(components, settings).map_err(|error| {
        Failure::usage(
            format_args!("the plugins cannot be used: {}", chain(&error)),
            "Compile them again with this version of laneway.",
        )
    })
}
