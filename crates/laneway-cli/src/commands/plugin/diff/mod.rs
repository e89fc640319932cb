//! `laneway plugin diff`: what a change of plugins changes, in their manifests and over real documents.

mod documents;
mod manifests;

use std::path::PathBuf;

use laneway_pgconfig::Config;
use laneway_schema::Layout;

use crate::commands::endpoint::EndpointArgs;
use crate::console;
use crate::failure::{Exit, Failure};
use crate::plugins::{self, Sample};
use crate::store;

use documents::Comparison;
use manifests::Resources;

/// Documents held in memory, in bytes.
const DOCUMENTS_BYTES_MAX: usize = 1 << 30;

/// Shows for which resources the identity, references, security elements or what is coerced change between two sets of plugins and, over
/// real documents, how many ReferentialIds change.
///
/// Exit codes: 0 nothing changes, 1 something does, 2 wrong usage, 3 database error.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The current plugins: a folder of plugins or of *.apischema.json, a component (*.wasm), or ApiSchema files
    /// separated by commas.
    #[arg(value_name = "OLD", required = true, num_args = 1, value_delimiter = ',')]
    old: Vec<PathBuf>,
    /// The new plugins, named likewise.
    #[arg(value_name = "NEW", required = true, num_args = 1, value_delimiter = ',')]
    new: Vec<PathBuf>,
    /// Compare on these documents: files or folders, as `laneway load` takes them.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    documents: Vec<PathBuf>,
    #[command(flatten)]
    endpoint: EndpointArgs,
    /// Compare on the documents of this store: postgres://user@host:5432/database, or another form
    /// of connection string. Writes nothing; a standby will do.
    #[arg(long, value_name = "URL", conflicts_with = "documents")]
    url: Option<String>,
    /// How many of the store's newest documents to compare on.
    #[arg(long, value_name = "N", default_value_t = 20_000, requires = "url")]
    sample: u32,
    /// How many documents whose ids change to show.
    #[arg(long, value_name = "N", default_value_t = 5)]
    examples: usize,
}

impl std::fmt::Debug for Args {
    /// The URL may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Args")
    }
}

impl Args {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        let (old, new) = (plugins::open(&self.old, Layout::PerProject)?, plugins::open(&self.new, Layout::PerProject)?);
        let (old_resources, new_resources) = (Resources::of(&old)?, Resources::of(&new)?);
        let changed = old_resources.tell_changes(&new_resources);
        let samples = match &self.url {
            Some(url) => stored(url, self.sample, &old_resources, &new_resources).await?,
            None if self.documents.is_empty() => return Ok(exit(changed)),
            None => {
                let (endpoints, chosen) = (old_resources.endpoints(&new_resources), self.endpoint.endpoint.as_deref());
                plugins::read_samples(&self.documents, &endpoints, chosen, DOCUMENTS_BYTES_MAX)?
            }
        };
        let comparison = Comparison::of(old, new, &samples, self.examples)?;
        comparison.print();
        Ok(exit(changed || comparison.differs()))
    }
}

fn exit(differs: bool) -> Exit {
    if differs { Exit::SomeFailed } else { Exit::Success }
}

/// Documents of a store, under the endpoints at which their resources stand.
async fn stored(url: &str, count: u32, old: &Resources, new: &Resources) -> Result<Vec<Sample>, Failure> {
    let config =
        Config::parse(url).map_err(|error| Failure::usage(format_args!("--url: {error}"), "Nothing was read."))?;
    let rows = store::newest_documents(&config.for_reading(), count).await?;
    let (mut samples, mut unknown) = (Vec::with_capacity(rows.len()), 0);
    for [project, resource, body] in rows {
        match old.location(&project, &resource).or_else(|| new.location(&project, &resource)) {
            Some((project, endpoint)) => samples.push(Sample { project, endpoint, body }),
            None => unknown += 1,
        }
    }
    if unknown > 0 {
        console::result(format_args!("{unknown} documents of the store are of resources that neither set serves"));
    }
    Ok(samples)
}
