//! What fuzzing reaches beyond the public interface: a manifest and an output, as a component would give them. Not for others.

use laneway_model::Extraction;

use crate::load::plugin_manifest;
use crate::read::assemble::Assembler;
use crate::read::bodies::Bodies;
use crate::read::fault::Fault;
use crate::read::output::OutputIndex;
use crate::read::resource_plan::ResourcePlan;
pub use crate::v1::exports::laneway::resource::extractor as wit;

/// A manifest that was found to be sound.
pub struct Planned(Vec<ResourcePlan>);

/// Why an output is refused.
#[derive(Debug)]
pub enum Refused {
    /// The document's fault: a code, and a message that begins with a path.
    Document(String, String),
    /// The plugin's.
    Plugin(String),
}

impl Planned {
    /// Checks a manifest.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(manifest: &wit::Manifest) -> Result<Self, String> {
        plugin_manifest::plan(manifest).map(Self).map_err(|refusal| refusal.to_string())
    }

    /// How many resources it has.
    #[must_use]
    pub fn resources(&self) -> usize {
        self.0.len()
    }

    /// Reads an output about `document`, which is taken to be of the resource with this number.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn read(
        &self,
        resource: usize,
        document: &str,
        output: &wit::Extraction,
        text_bytes_max: usize,
    ) -> Result<Extraction, Refused> {
        let (mut index, plan) = (OutputIndex::default(), &self.0[resource]);
        index
            .read(plan, output)
            .and_then(|output| Assembler::new(text_bytes_max).assemble(plan, document, &output, Bodies::default()))
            .map_err(|fault| match fault {
                Fault::Document { code, message } => Refused::Document(code, message),
                Fault::Plugin(what) => Refused::Plugin(what),
            })
    }
}
