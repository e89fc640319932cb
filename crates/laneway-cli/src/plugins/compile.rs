//! Components from the files of schemas.

use std::path::{Path, PathBuf};

use laneway_schema::{ApiSchema, Layout, Options, Plugin};

use crate::failure::{Failure, chain};

/// Compiles the schemas of `files` into components: bundles are ready soonest, one per resource can be replaced singly.
pub(crate) fn compile(files: &[PathBuf], layout: Layout) -> Result<Vec<Plugin>, Failure> {
    compile_with(files, &Options { layout, ..Options::default() })
}

/// Compiles the schemas of `files` with `options`.
pub(crate) fn compile_with(files: &[PathBuf], options: &Options) -> Result<Vec<Plugin>, Failure> {
    if files.is_empty() {
        return Err(Failure::usage("no schema file is named", "Name the core project's ApiSchema file with --schema."));
    }
    let schemas = files.iter().map(|file| parse(file)).collect::<Result<Vec<_>, _>>()?;
    laneway_schema::compile_with(&schemas, options).map_err(|error| bad_schema(&chain(&error)))
}

fn parse(file: &Path) -> Result<ApiSchema, Failure> {
    let next = "Name the ApiSchema file of a project, as the service publishes it.";
    let json = std::fs::read(file).map_err(|error| Failure::file("read", file, &error, next))?;
    ApiSchema::parse(&file.display().to_string(), &json).map_err(|error| bad_schema(&chain(&error)))
}

fn bad_schema(what: &str) -> Failure {
    Failure::usage(what, "Nothing was written. Correct the schema, or name another file.")
}
