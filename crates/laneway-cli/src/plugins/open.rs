//! Plugins by whatever names them: a folder that holds a set, components, schemas.

use std::path::{Path, PathBuf};

use laneway_plugin::{PluginFile, PluginSet, SET_FILE};
use laneway_schema::Layout;

use super::compile::compile;
use super::folder;
use crate::documents::files_ending;
use crate::failure::Failure;

/// The components that `paths` name: a folder of plugins, a folder of `*.apischema.json`, components
/// (`*.wasm`), or ApiSchema files, which are compiled in this layout: bundles are ready soonest.
pub(crate) fn open(paths: &[PathBuf], layout: Layout) -> Result<Vec<PluginFile>, Failure> {
    let (mut components, mut schemas) = (Vec::new(), Vec::new());
    for path in paths {
        if path.is_dir() && !path.join(SET_FILE).is_file() && !schemas_of(path).is_empty() {
            schemas.append(&mut schemas_of(path));
        } else if path.is_dir() || path.extension().is_none() {
            components.append(&mut folder::read(path)?);
        } else if path.extension().is_some_and(|extension| extension == "wasm") {
            components.push(component(path)?);
        } else {
            schemas.push(path.clone());
        }
    }
    if !schemas.is_empty() {
        let compiled = compile(&schemas, layout)?;
        components.extend(compiled.into_iter().map(|plugin| PluginFile::new(plugin.name, plugin.wasm)));
    }
    Ok(components)
}

/// The set that `path` names; one in a folder comes with its signature.
pub(super) fn open_set(path: &Path) -> Result<PluginSet, Failure> {
    let is_component = path.extension().is_some_and(|extension| extension == "wasm");
    if is_component { Ok(vec![component(path)?].into()) } else { folder::read_set(path) }
}

/// A component by itself; its name is the file's.
fn component(path: &Path) -> Result<PluginFile, Failure> {
    let next = "Name a component, as `laneway plugin pack` or `laneway plugin compile` writes it.";
    let wasm = std::fs::read(path).map_err(|error| Failure::file("read", path, &error, next))?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    Ok(PluginFile::new(name, wasm))
}

/// The ApiSchema files in a folder, by name.
fn schemas_of(folder: &Path) -> Vec<PathBuf> {
    files_ending(folder, ".apischema.json").unwrap_or_default()
}
