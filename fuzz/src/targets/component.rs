//! Components from anywhere: refused with a sentence, or loaded; and then each document ends with an outcome.

use laneway_model::{Extractor as _, Outcome};
use laneway_plugin::{PluginSettings, Plugins};

const DOCUMENTS: [&str; 3] = [r#"{"id":42}"#, "{}", "["];

/// Small limits, so that what tries to use them up takes no time.
fn settings() -> PluginSettings {
    PluginSettings { memory_bytes_max: 4 << 20, compile_threads_max: 1, ..super::scanner::patient() }
}

/// As before, but with the times of an ordinary host: what spins is ended.
fn short() -> PluginSettings {
    let ordinary = PluginSettings::default();
    PluginSettings {
        call_cpu_max: ordinary.call_cpu_max,
        load_cpu_max: ordinary.load_cpu_max / 10,
        call_wall_max: ordinary.call_wall_max,
        ..settings()
    }
}

pub(crate) fn run(data: &[u8]) {
    // A core module is one that is packed first, as `laneway plugin pack` does.
    let component = if laneway_schema::is_component(data) {
        data.to_vec()
    } else {
        match laneway_schema::pack(data) {
            Ok(component) => component,
            Err(error) => return assert!(!error.to_string().is_empty()),
        }
    };
    let plugins = match Plugins::load(vec![("fuzz".to_owned(), component)], short()) {
        Ok(plugins) => plugins,
        Err(error) => return assert!(error.to_string().contains("fuzz"), "{error}"),
    };
    let mut worker = plugins.worker();
    for resource in plugins.resources() {
        let route = plugins.route(&resource.project_endpoint, &resource.endpoint).expect("a resource that is served");
        for document in DOCUMENTS {
            match worker.extract(&route, document.as_bytes()) {
                Ok(_) | Err(Outcome::InvalidDocument { .. } | Outcome::PluginFailed { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    }
}
