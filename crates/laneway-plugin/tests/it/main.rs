//! The plugin host from outside: what it refuses, what it survives, what it makes of good answers.

mod canary;
mod code_cache;
mod coercion;
mod composed;
// As `need` below.
#[cfg(unix)]
#[path = "../../../laneway-ffi/tests/it/confined.rs"]
mod confined;
mod contract;
mod extract;
mod folder;
mod guest;
mod hostile;
// The one that the C ABI's tests use: neither crate may depend on the harness, which depends on both.
mod imports;
#[path = "../../../laneway-ffi/tests/it/need.rs"]
mod need;
mod publish;
mod refusals;
#[cfg(unix)]
mod room;
mod trust;
mod vectors;
mod watch;

use laneway_model::{Extraction, Extractor as _, Outcome, Route};
use laneway_plugin::{PluginSettings, Plugins};

/// Loads one guest.
fn load(guest: &guest::Guest) -> Plugins {
    load_with(guest, PluginSettings::default())
}

fn load_with(guest: &guest::Guest, settings: PluginSettings) -> Plugins {
    Plugins::load(vec![("guest".into(), guest.component())], settings).expect("a guest that loads")
}

/// The route to the things of the test project.
fn things(plugins: &Plugins) -> Route {
    plugins.route("test", "things").expect("a plugin for things")
}

/// What a fresh worker makes of one document of the first guest's only resource.
fn extract(guest: &guest::Guest, document: &str) -> Result<Extraction, Outcome> {
    let plugins = load(guest);
    plugins.worker().extract(&things(&plugins), document.as_bytes())
}

/// The plugin's failure, or a panic.
fn plugin_failure(outcome: Result<Extraction, Outcome>) -> String {
    match outcome {
        Err(Outcome::PluginFailed { message }) => message,
        other => panic!("the plugin should have failed: {other:?}"),
    }
}

/// The code and message of a document's fault, or a panic.
fn document_fault(outcome: Result<Extraction, Outcome>) -> (String, String) {
    match outcome {
        Err(Outcome::InvalidDocument { code, message }) => (code, message),
        other => panic!("the document should have been refused: {other:?}"),
    }
}
