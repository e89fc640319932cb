//! Two sets of manifests beside each other: what changes for which resource. Pure but for telling it.

use std::collections::{BTreeMap, BTreeSet};

use laneway_plugin::{DescribedResource, Description, PluginFile};

use crate::commands::plugin::inspect::in_words;
use crate::console;
use crate::documents::Endpoints;
use crate::failure::{Failure, chain};
use crate::plugins;

/// The resources of a set by project endpoint and endpoint in lower case; where two plugins claim one, the later's.
pub(super) struct Resources(BTreeMap<(String, String), DescribedResource>);

/// What a manifest declares of a part of its documents, for people.
type Aspect = (&'static str, fn(&DescribedResource) -> Vec<String>);

const ASPECTS: &[Aspect] = &[
    ("identity", |resource| {
        let name = format!("of {} {}", resource.project_name, resource.resource_name);
        let superclass =
            resource.superclass.iter().map(|(project, of, path)| format!("a kind of {project} {of} {path}"));
        let hierarchy = resource.in_hierarchy.then(|| "in the hierarchy".to_owned());
        let kinds = ["identity", "descriptor-namespace", "descriptor-code-value"];
        let slots = of_kinds(resource, &kinds);
        std::iter::once(name).chain(superclass).chain(hierarchy).chain(slots).collect()
    }),
    ("references", |resource| of_kinds(resource, &["reference"])),
    ("descriptors", |resource| of_kinds(resource, &["descriptor"])),
    ("coercions", |resource| of_kinds(resource, &["date", "date-time", "boolean", "number"])),
    ("security", |resource| {
        let kinds =
            ["namespace", "student", "contact", "staff", "education-organization", "parent-education-organization"];
        of_kinds(resource, &kinds)
    }),
];

fn of_kinds(resource: &DescribedResource, kinds: &[&str]) -> Vec<String> {
    resource.slots.iter().filter(|slot| kinds.contains(&&*slot.kind)).map(in_words).collect()
}

impl Resources {
    /// The manifests of components.
    pub(super) fn of(components: &[PluginFile]) -> Result<Self, Failure> {
        let mut resources = BTreeMap::new();
        for file in components {
            let description = Description::of(file, &plugins::settings()?)
                .map_err(|error| Failure::usage(chain(&error), "A host would refuse it for the same reason."))?;
            for resource in description.resources {
                let key = (resource.project_endpoint.to_lowercase(), resource.endpoint.to_lowercase());
                resources.insert(key, resource);
            }
        }
        Ok(Self(resources))
    }

    /// The endpoints of both sets.
    pub(super) fn endpoints(&self, other: &Self) -> Endpoints {
        let all: BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        Endpoints::of(all.into_iter().map(|(project, endpoint)| (project.as_str(), endpoint.as_str())))
    }

    /// Where documents of a resource are submitted: project endpoint and endpoint.
    pub(super) fn location(&self, project: &str, resource: &str) -> Option<(String, String)> {
        let is = |known: &&DescribedResource| known.project_name == project && known.resource_name == resource;
        self.0.values().find(is).map(|known| (known.project_endpoint.clone(), known.endpoint.clone()))
    }

    /// Tells what is otherwise in `new`; whether anything is.
    pub(super) fn tell_changes(&self, new: &Self) -> bool {
        let mut changed = 0;
        for (key, resource) in &self.0 {
            let name = format!("{}/{}", resource.project_endpoint, resource.endpoint);
            match new.0.get(key) {
                None => {
                    changed += 1;
                    console::result(format_args!("{name}: served no longer"));
                }
                Some(new) => {
                    let changes = changes(resource, new);
                    changed += usize::from(!changes.is_empty());
                    changes.iter().for_each(|change| console::result(format_args!("{name}: {change}")));
                }
            }
        }
        for (key, resource) in new.0.iter().filter(|(key, _)| !self.0.contains_key(*key)) {
            changed += 1;
            console::result(format_args!("{}/{}: new", key.0, resource.endpoint));
        }
        let (old, new) = (self.0.len(), new.0.len());
        console::result(format_args!("resources  {old} before, {new} after; {changed} of them change"));
        changed > 0
    }
}

/// What changes, a line for each aspect and below it what goes (-) and comes (+).
fn changes(old: &DescribedResource, new: &DescribedResource) -> Vec<String> {
    let change = |(aspect, words): &Aspect| {
        let (old, new) = (words(old), words(new));
        if old == new {
            return None;
        }
        let gone = old.iter().filter(|word| !new.contains(word)).map(|word| format!("\n    - {word}"));
        let come = new.iter().filter(|word| !old.contains(word)).map(|word| format!("\n    + {word}"));
        let lines: String = gone.chain(come).collect();
        let lines = if lines.is_empty() { " (only their order)".to_owned() } else { lines };
        Some(format!("{aspect} change{}{lines}", if aspect.ends_with('s') { "" } else { "s" }))
    };
    ASPECTS.iter().filter_map(change).collect()
}
