//! Where the plugins come from: `--schema FILE…` or `--plugins DIR`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use laneway_plugin::{CoercionExtent, PluginErrorKind, PluginSet, PluginSettings, Plugins};
use laneway_schema::Layout;

use super::compile::compile;
use super::open::open_set;
use super::{TrustArgs, code_cache};
use crate::documents::{Endpoints, is_surely_documents};
use crate::failure::{Failure, chain};

/// How much of a file is read to see whether it is a schema.
const BEGINNING_BYTES: u64 = 4 << 10;
/// One of these stands there in a schema; the first half of the other is that of older ones too.
const SCHEMA_MEMBERS: &[&str] = &["\"apiSchemaVersion\"", "\"projectSchema"];

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
    /// next option, file of documents, folder, pipe or `-`.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    schema: Vec<PathBuf>,
    /// Folder that `laneway plugin compile` wrote, or a single component (*.wasm).
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
}

impl PluginArgs {
    /// Gives back what `--schema` took of the documents' names: an option with many values would take them all.
    pub(crate) fn return_documents(&mut self, documents: &mut Vec<PathBuf>) {
        if let Some(first) = first_documents(&self.from.schema) {
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

/// Which of these files, named behind `--schema`, is the first of documents. The first one is a schema unless its name says
/// otherwise: one must come there.
fn first_documents(files: &[PathBuf]) -> Option<usize> {
    let is_documents = |(at, path): (usize, &PathBuf)| {
        is_surely_documents(path) || path.as_os_str() == "-" || path.is_dir() || (at > 0 && !may_be_schema(path))
    };
    files.iter().enumerate().position(is_documents)
}

/// Whether a file begins as a schema does. One that is not there counts as one; a pipe is not asked, as what is taken from it
/// is gone.
fn may_be_schema(path: &Path) -> bool {
    let Ok(metadata) = path.metadata() else { return true };
    let has = |text: &[u8], member: &str| memchr::memmem::find(text, member.as_bytes()).is_some();
    metadata.is_file() && beginning(path).is_ok_and(|text| SCHEMA_MEMBERS.iter().any(|member| has(&text, member)))
}

fn beginning(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut beginning = Vec::new();
    std::fs::File::open(path)?.take(BEGINNING_BYTES).read_to_end(&mut beginning)?;
    Ok(beginning)
}

/// The endpoints of the resources that plugins serve.
pub(crate) fn endpoints(plugins: &Plugins) -> Endpoints {
    Endpoints::of(plugins.resources().iter().map(|resource| (&*resource.project_endpoint, &*resource.endpoint)))
}

/// How much is coerced: all that the service coerces, or nothing.
pub(crate) fn extent(is_coerced: bool) -> CoercionExtent {
    if is_coerced { CoercionExtent::All } else { CoercionExtent::Nothing }
}

/// Makes components ready to run.
pub(crate) fn load(components: Vec<(String, Vec<u8>)>) -> Result<Plugins, Failure> {
    load_with(&components.into(), settings()?)
}

/// How plugins are made ready: their compiled code is kept, as that of large components takes half a minute to make.
pub(crate) fn settings() -> Result<PluginSettings, Failure> {
    Ok(PluginSettings { code_cache: code_cache::open()?, ..PluginSettings::default() })
}

/// Makes a set ready to run under other settings.
pub(super) fn load_with(set: &PluginSet, settings: PluginSettings) -> Result<Plugins, Failure> {
    Plugins::load_set(set, settings).map_err(|error| {
        let next = match error.kind() {
            PluginErrorKind::NotAllowed => "Add its SHA-256 to the list, if it is what you want to run.",
            PluginErrorKind::NotSigned => "Sign the folder: laneway plugin sign DIR --key FILE",
            PluginErrorKind::System => "Nothing is wrong with them; try again when the system has more to give.",
            _ => "Compile them again with this version of laneway.",
        };
        Failure::usage(format_args!("the plugins cannot be used: {}", chain(&error)), next)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_behind_schemas_are_distinguished() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let schema = file("ds.json", "{\"projectSchema\": []}");
        let first = |documents: PathBuf| first_documents(&[schema.clone(), schema.clone(), documents]);
        assert_eq!(first(file("a.jsonl", "")), Some(2));
        assert_eq!(first(file("a.json.gz", "")), Some(2));
        assert_eq!(first(file("a.json", " [{}]")), Some(2));
        assert_eq!(first("-".into()), Some(2));
        assert_eq!(first(folder.path().to_path_buf()), Some(2));
        assert_eq!(first(file("a.txt", "{\"schoolId\": 1}")), Some(2));
        assert_eq!(first(file("a.csv", "id,name")), Some(2));
        if cfg!(unix) {
            assert_eq!(first("/dev/null".into()), Some(2));
        }
        assert_eq!(first(schema.clone()), None);
        assert_eq!(first("none.json".into()), None);
        assert_eq!(first_documents(&["/dev/null".into(), schema.clone()]), None);
        assert_eq!(first_documents(&[file("empty.json", "{}"), schema]), None);
    }
}
