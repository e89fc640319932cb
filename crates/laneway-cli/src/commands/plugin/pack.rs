//! `laneway plugin pack`: turns an author's module into a component, or takes one that is ready, and checks it as a
//! publish would.

use std::path::{Path, PathBuf};

use laneway_plugin::{Description, PluginFile};

use crate::console;
use crate::failure::{Exit, Failure, chain};
use crate::plugins;

/// Turns a module that was built with the SDK into a component that a host can load; a component of another tool is taken
/// as it is. Needs no other tool.
///
/// Exit codes: 0 the component is written, 2 wrong usage, or a file that is no plugin.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The output of `cargo build --release --target wasm32-unknown-unknown`, or a component of componentize-py,
    /// componentize-qjs, componentize-js or cargo component.
    #[arg(value_name = "MODULE.wasm")]
    module: PathBuf,
    /// File for the component, named *.wasm, or a folder of plugins to add it to (replaces a plugin of the same name).
    #[arg(short, long, value_name = "FILE|DIR")]
    output: PathBuf,
    /// Accept imports that the plugin never calls, such as WASI's: a call of one would fail its document. The folder's
    /// plugins.json records that.
    #[arg(long)]
    trap_imports: bool,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let next = "Name what was built with: cargo build --release --target wasm32-unknown-unknown";
        let module = std::fs::read(&self.module).map_err(|error| Failure::file("read", &self.module, &error, next))?;
        let is_component = laneway_schema::is_component(&module);
        let refused = |what: &dyn std::fmt::Display| {
            // What is wrong with a component, its other tool mends.
            let next =
                if is_component { "Nothing was written.".to_owned() } else { format!("Nothing was written.\n{next}") };
            Failure::usage(format_args!("{}: {what}", self.module.display()), next)
        };
        if self.trap_imports && is_file(&self.output) {
            return Err(Failure::usage(
                "--trap-imports is recorded in a folder's plugins.json, which a single file does not have",
                "Nothing was written. Name a folder: -o DIR",
            ));
        }
        let wasm = if is_component {
            module
        } else {
            laneway_schema::pack(&module).map_err(|error| refused(&chain(&error)))?
        };
        let mut plugin = PluginFile::new(self.module.display().to_string(), wasm);
        plugin.trap_imports = self.trap_imports;
        let description = Description::of(&plugin, &plugins::settings()?).map_err(|error| refused(&chain(&error)))?;
        plugin.name.clone_from(&description.name);
        let written = write(&self.output, &plugin)?;
        console::result(format_args!(
            "{} {} ({:.1} KiB): {}",
            description.name,
            description.version,
            plugin.wasm.len() as f64 / 1024.0,
            written.display()
        ));
        for resource in &description.resources {
            console::result(format_args!("  serves {}/{}", resource.project_endpoint, resource.endpoint));
        }
        Ok(Exit::Success)
    }
}

/// Writes a single file, or adds to a folder.
fn write(output: &Path, plugin: &PluginFile) -> Result<PathBuf, Failure> {
    if is_file(output) {
        let next = "Name a file (-o FILE.wasm) in a folder that may be written.";
        std::fs::write(output, &plugin.wasm).map_err(|error| Failure::file("write", output, &error, next))?;
        return Ok(output.to_owned());
    }
    plugins::add(output, plugin)
}

fn is_file(output: &Path) -> bool {
    output.extension().is_some_and(|extension| extension == "wasm")
}
