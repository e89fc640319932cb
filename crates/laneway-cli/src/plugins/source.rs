//! Where the plugins come from: `--schema FILE…` or `--plugins DIR`.

use std::path::PathBuf;

use laneway_plugin::{CoercionExtent, PluginErrorKind, PluginSet, PluginSettings, Plugins};
use laneway_schema::Layout;

use super::compile::compile;
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

/// How much is coerced: all that the service coerces, or nothing.
pub(crate) fn extent(is_coerced: bool) -> CoercionExtent {
    if is_coerced { CoercionExtent::All } else { CoercionExtent::Nothing }
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
        let next = match error.kind() {
            PluginErrorKind::NotAllowed => "Add its SHA-256 to the list, if it is what you want to run.",
            PluginErrorKind::NotSigned => "Sign the folder: laneway plugin sign DIR --key FILE",
            _ => "Compile them again with this version of laneway.",
        };
        Failure::usage(format_args!("the plugins cannot be used: {}", chain(&error)), next)
    })
}
