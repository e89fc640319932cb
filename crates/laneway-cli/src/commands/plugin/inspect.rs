//! `laneway plugin inspect`: everything that a resource's plugin looks for.

use std::path::PathBuf;

use laneway_dms::CoercedKind;
use laneway_plugin::{DescribedResource, DescribedSlot, Description, PluginSettings};
use laneway_schema::Layout;

use crate::console;
use crate::failure::{Exit, Failure, chain};
use crate::plugins::{self, sha256};

/// Shows what plugins extract: identity, references, descriptors and security elements, with their paths.
///
/// Exit codes: 0 shown, 2 wrong usage, or a plugin that a host would refuse.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A folder of plugins, components (*.wasm), or ApiSchema files.
    #[arg(value_name = "PLUGINS", required = true)]
    plugins: Vec<PathBuf>,
    /// Only this resource, named as in URLs: students or ed-fi/students. Can be given several times.
    #[arg(long, value_name = "ENDPOINT", num_args = 1..)]
    only: Vec<String>,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let set = plugins::open(&self.plugins, Layout::PerResource)?;
        let mut shown = 0;
        for file in &set {
            let wasm = &file.wasm;
            let description = Description::of(file, &PluginSettings::default())
                .map_err(|error| Failure::usage(chain(&error), "A host would refuse it for the same reason."))?;
            let resources: Vec<_> = description.resources.iter().filter(|resource| self.wants(resource)).collect();
            if resources.is_empty() {
                continue;
            }
            console::result(format_args!(
                "{} {} ({}), {:.1} KiB, memory {} KiB, SHA-256 {}",
                description.name,
                description.version,
                description.dialect,
                wasm.len() as f64 / 1024.0,
                description.memory_bytes / 1024,
                sha256(wasm),
            ));
            shown += resources.len();
            resources.into_iter().for_each(show);
        }
        if shown == 0 {
            return Err(Failure::usage(
                format_args!("no plugin serves {}", self.only.join(" or ")),
                "Name endpoints as in URLs, such as students or ed-fi/students; laneway plugin list shows the plugins.",
            ));
        }
        Ok(Exit::Success)
    }

    fn wants(&self, resource: &DescribedResource) -> bool {
        let full = format!("{}/{}", resource.project_endpoint, resource.endpoint);
        let is = |name: &String| name.eq_ignore_ascii_case(&resource.endpoint) || name.eq_ignore_ascii_case(&full);
        self.only.is_empty() || self.only.iter().any(is)
    }
}

fn show(resource: &DescribedResource) {
    let flags = [(resource.is_descriptor, ", descriptors"), (resource.in_hierarchy, ", in the hierarchy")];
    let flags: String = flags.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
    console::result(format_args!(
        "  {}/{}: {} {} {}{flags}",
        resource.project_endpoint, resource.endpoint, resource.project_name, resource.resource_name, resource.version
    ));
    if let Some((project, name, path)) = &resource.superclass {
        let path = if path.is_empty() { "the same identity" } else { path };
        console::result(format_args!("    a kind of {project} {name} ({path})"));
    }
    let (coerced, values): (Vec<_>, Vec<_>) =
        resource.slots.iter().partition(|slot| CoercedKind::ALL.iter().any(|kind| kind.word() == slot.kind));
    values.into_iter().for_each(|slot| console::result(format_args!("    {}", in_words(slot))));
    if coerced.is_empty() {
        console::result("    coerces nothing: documents are taken as they are");
    }
    coerced.into_iter().for_each(|slot| console::result(format_args!("    coerces {}", in_words(slot))));
}

/// A slot on one line.
pub(super) fn in_words(slot: &DescribedSlot) -> String {
    let mut words = format!("{} {}", slot.kind, if slot.location.is_empty() { "(computed)" } else { &slot.location });
    if !slot.path.is_empty() && slot.path != slot.location {
        words.push_str(&format!(" as {}", slot.path));
    }
    if let Some((project, resource)) = &slot.target {
        words.push_str(&format!(" of {project} {resource}"));
    }
    if !slot.name.is_empty() {
        words.push_str(&format!(" named {}", slot.name));
    }
    words
}
