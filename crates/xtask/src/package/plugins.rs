//! The plugins of the tarball, compiled by the program that lies beside them.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::files;
use super::profile::Profile;
use crate::cargo::{WHOLE, cargo, succeeds};
use crate::workspace;

/// The data standard and its extensions, where they lie beside the repository. (What else lies there is a core project
/// of its own.)
const RECORDED: [&str; 3] = ["ds-5.2.apischema.json", "sample-1.0.apischema.json", "tpdm-1.1.apischema.json"];

/// The recorded schemas, or what Laneway generates where there are none, or where only tries are made: a host whose compiler
/// is not optimised takes minutes for the recorded ones' plugins.
pub(super) fn schemas(program: &Path, scratch: &Path, profile: Profile) -> Result<Vec<PathBuf>, String> {
    match recorded().filter(|_| profile == Profile::Release) {
        Some(schemas) => Ok(schemas),
        None => generated(program, scratch),
    }
}

fn recorded() -> Option<Vec<PathBuf>> {
    let folder = workspace::shared_data()?.join("schemas");
    let schemas = RECORDED.map(|name| folder.join(name));
    schemas.iter().all(|path| path.is_file()).then(|| schemas.to_vec())
}

/// Laneway's own schemas, for as few documents as can be.
pub(super) fn generated(program: &Path, scratch: &Path) -> Result<Vec<PathBuf>, String> {
    let mut generate = Command::new(program);
    generate.args(["generate", "--documents", "100", "--output"]).arg(scratch);
    if !succeeds(&mut generate) {
        return Err(format!("{} generated no schemas", program.display()));
    }
    files::entries(&scratch.join("schemas"))
}

/// A program that compiles plugins here, where those that are packed are for other platforms: built as tests build it, so
/// that little is built twice, and so that it compiles fast.
pub(super) fn program() -> Result<PathBuf, String> {
    if !succeeds(cargo(&["build", "--profile", "test", "--bin", "laneway"]).args(WHOLE)) {
        return Err("laneway did not build, which compiles the plugins".to_owned());
    }
    Ok(workspace::target().join("debug").join(format!("laneway{}", std::env::consts::EXE_SUFFIX)))
}

/// Compiles schemas into `folder`.
pub(super) fn compile(program: &Path, schemas: &[PathBuf], folder: &Path) -> Result<(), String> {
    let mut compile = Command::new(program);
    compile.args(["plugin", "compile", "--output"]).arg(folder).args(schemas);
    if succeeds(&mut compile) { Ok(()) } else { Err("the plugins did not compile".to_owned()) }
}
