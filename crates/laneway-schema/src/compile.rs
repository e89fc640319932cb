//! From schemas to components.

use crate::{
    ApiSchema, Dialect, ResourceManifest, SchemaError, component::Contract, image::image, manifests, scanner::Scanner,
};

/// A compiled plugin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plugin {
    /// For people and for the registry: `ed-fi/students`, or `ed-fi` for a whole project.
    pub name: String,
    /// The name without characters that file systems mind: `ed-fi.students.wasm`.
    pub file_name: String,
    /// The component.
    pub wasm: Vec<u8>,
}

/// How resource types are put into plugins.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Layout {
    /// One plugin for each resource type: they can be replaced one by one.
    #[default]
    PerResource,
    /// One plugin for each project: fewer files and less memory.
    PerProject,
}

/// What to compile, and how.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Options {
    /// How resource types are put into plugins.
    pub layout: Layout,
    /// Only these resource types: `students` or `ed-fi/students`, without regard to case. Empty: all.
    pub only: Vec<String>,
    /// Whose rules the plugins follow.
    pub dialect: Dialect,
}

/// Compiles each resource type of the schemas into a plugin of its own.
///
/// The same schemas give the same bytes, on any machine.
///
/// # Errors
/// When the schemas contradict each other, or the core project is missing.
pub fn compile(schemas: &[ApiSchema]) -> Result<Vec<Plugin>, SchemaError> {
    compile_with(schemas, &Options::default())
}

/// Compiles the resource types of the schemas, with options.
///
/// # Errors
/// When the schemas contradict each other, the core project is missing, or a resource type that `options`
/// name does not exist.
pub fn compile_with(schemas: &[ApiSchema], options: &Options) -> Result<Vec<Plugin>, SchemaError> {
    let manifests = chosen(manifests(schemas)?, &options.only)?;
    let (contract, scanner) = (Contract::new(), Scanner::new());
    let mut plugins = Vec::new();
    for resources in manifests
        .chunk_by(|one, other| options.layout == Layout::PerProject && one.project_endpoint == other.project_endpoint)
    {
        let resources: Vec<&ResourceManifest> = resources.iter().collect();
        plugins.push(plugin(&contract, &scanner, options, &resources));
    }
    Ok(plugins)
}

fn chosen(mut manifests: Vec<ResourceManifest>, only: &[String]) -> Result<Vec<ResourceManifest>, SchemaError> {
    let is = |manifest: &ResourceManifest, name: &str| {
        manifest.endpoint.eq_ignore_ascii_case(name) || full_name(manifest).eq_ignore_ascii_case(name)
    };
    if let Some(unknown) = only.iter().find(|name| !manifests.iter().any(|manifest| is(manifest, name))) {
        return Err(SchemaError::new(
            "(options)",
            "only",
            format!("no resource has the endpoint {unknown:?}"),
            "Name endpoints as in URLs, such as students or ed-fi/students",
        ));
    }
    manifests.retain(|manifest| only.is_empty() || only.iter().any(|name| is(manifest, name)));
    Ok(manifests)
}

fn full_name(manifest: &ResourceManifest) -> String {
    format!("{}/{}", manifest.project_endpoint, manifest.endpoint)
}

fn plugin(contract: &Contract, scanner: &Scanner, options: &Options, resources: &[&ResourceManifest]) -> Plugin {
    let first = resources[0];
    let name = match options.layout {
        Layout::PerResource => full_name(first),
        Layout::PerProject => first.project_endpoint.clone(),
    };
    let image = image(scanner.base(), options.dialect, &name, &first.resource_version, resources);
    let wasm = contract.wrap(scanner.with(&image));
    Plugin { file_name: format!("{}.wasm", name.replace('/', ".")), name, wasm }
}
