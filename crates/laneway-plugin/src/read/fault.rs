//! Why a document gives no extraction: the fault of the document or of the plugin.

use laneway_model::Outcome;

/// Why there is no extraction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The document cannot be taken.
    Document { code: String, message: String },
    /// The plugin's output is impossible. A sentence without its subject.
    Plugin(String),
}

impl Fault {
    pub(crate) fn document(code: &str, message: String) -> Self {
        Self::Document { code: code.to_owned(), message }
    }
}

/// What the caller gets when a plugin has failed.
pub(crate) fn plugin_failed(plugin: &str, version: &str, what: &str) -> Outcome {
    Outcome::PluginFailed { message: format!("plugin `{plugin}` (version `{version}`) {what}") }
}
