//! A component's manifest as data, for people and tools, with what it took to get it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::PluginSettings;
use crate::error::{PluginError, Refusal};
use crate::load::engine::PluginEngine;
use crate::load::inspect::inspect;
use crate::load::plugin;
use crate::load::plugin_manifest;
use crate::load::set::PluginFile;
use crate::v1::exports::laneway::resource::extractor as wit;

/// A component's manifest, checked as it would be at a publish.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Description {
    /// The name that it gives itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The rules that it follows.
    pub dialect: String,
    /// What it serves.
    pub resources: Vec<DescribedResource>,
    /// How long it took to compile, or to read its compiled code where that is kept.
    pub compile_time: Duration,
    /// The linear memory of an instance that has described itself, in bytes.
    pub memory_bytes: usize,
}

/// One resource type, as the contract has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribedResource {
    /// The project's name.
    pub project_name: String,
    /// The project's name in URLs.
    pub project_endpoint: String,
    /// The resource's name.
    pub resource_name: String,
    /// The resource's name in URLs.
    pub endpoint: String,
    /// The version of its schema.
    pub version: String,
    /// Whether its documents are descriptors.
    pub is_descriptor: bool,
    /// Whether they are education organizations.
    pub in_hierarchy: bool,
    /// Project, resource and identity path of what it is a kind of.
    pub superclass: Option<(String, String, String)>,
    /// What its values mean.
    pub slots: Vec<DescribedSlot>,
}

/// One meaning of values, as the contract has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribedSlot {
    /// The kind's word.
    pub kind: String,
    /// The path in an identity, or empty.
    pub path: String,
    /// Where the values stand, or empty.
    pub location: String,
    /// Project and resource that references and descriptors point to.
    pub target: Option<(String, String)>,
    /// Which reference list a part of a reference belongs to.
    pub group: u32,
    /// The property name of an education organization, or empty.
    pub name: String,
}

impl Description {
    /// Asks a component what it is. It is checked, compiled and instantiated as for a publish, but nothing is published.
    ///
    /// # Errors
    /// [`PluginError`], as a publish would refuse it.
    pub fn of(file: &PluginFile, settings: &PluginSettings) -> Result<Self, PluginError> {
        describe(file, settings).map_err(|refusal| PluginError::new(&file.name, refusal))
    }
}

fn describe(file: &PluginFile, settings: &PluginSettings) -> Result<Description, Refusal> {
    inspect(file, settings)?;
    let engine = Arc::new(PluginEngine::start(settings).map_err(|error| Refusal::Engine(format!("{error:#}")))?);
    let started = Instant::now();
    let component = plugin::component(&engine, settings.code_cache.as_ref(), file, &file.sha256())
        .map_err(|error| plugin::not_compilable(&error))?;
    let compile_time = started.elapsed();
    let (_, instance, manifest) = plugin::describe(&engine, settings, &component, file.trap_imports)?;
    plugin_manifest::plan(&manifest)?;
    Ok(Description {
        resources: manifest.resources.into_iter().map(resource).collect(),
        name: manifest.name,
        version: manifest.version,
        dialect: manifest.dialect,
        compile_time,
        memory_bytes: instance.memory_bytes(),
    })
}

fn resource(resource: wit::ResourceDescription) -> DescribedResource {
    let targets = resource.targets;
    DescribedResource {
        slots: resource.slots.into_iter().map(|declared| slot(declared, &targets)).collect(),
        project_name: resource.project_name,
        project_endpoint: resource.project_endpoint,
        resource_name: resource.resource_name,
        endpoint: resource.endpoint,
        version: resource.resource_version,
        is_descriptor: resource.is_descriptor,
        in_hierarchy: resource.in_hierarchy,
        superclass: resource.superclass.map(|of| (of.project_name, of.resource_name, of.identity_path)),
    }
}

fn slot(slot: wit::Slot, targets: &[wit::Target]) -> DescribedSlot {
    let points = matches!(&*slot.kind, "reference" | "descriptor");
    let target = targets.get(slot.target as usize).filter(|_| points);
    DescribedSlot {
        target: target.map(|target| (target.project_name.clone(), target.resource_name.clone())),
        kind: slot.kind,
        path: slot.path,
        location: slot.location,
        group: slot.group,
        name: slot.name,
    }
}
