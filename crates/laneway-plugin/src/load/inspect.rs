//! A look at a component before anything is compiled: is it one, has it imports, which contract does it keep.

use wasmparser::{Encoding, Parser, Payload};

use crate::PluginSettings;
use crate::error::Refusal;
use crate::load::set::PluginFile;

/// Interface that a plugin exports, without its version.
const INTERFACE: &str = "laneway:resource/extractor";
/// The contract's major version that this host carries.
const VERSION_MAJOR: u64 = 1;
/// Bytes of a page of linear memory.
const PAGE_BYTES: u64 = 64 << 10;

/// Refuses what cannot be a plugin, in less than a millisecond and without running or compiling anything.
pub(crate) fn inspect(file: &PluginFile, settings: &PluginSettings) -> Result<(), Refusal> {
    let wasm = &*file.wasm;
    if wasm.len() > settings.component_bytes_max {
        return Err(Refusal::TooLarge { bytes: wasm.len(), bytes_max: settings.component_bytes_max });
    }
    let found = Findings::read(wasm)?;
    if !found.imports.is_empty() && !file.trap_imports {
        return Err(Refusal::Imports(found.imports));
    }
    if found.memory_bytes > settings.memory_bytes_max as u64 {
        return Err(Refusal::TooMuchMemory { bytes: found.memory_bytes, bytes_max: settings.memory_bytes_max as u64 });
    }
    found.check_version()
}

#[derive(Default)]
struct Findings {
    imports: Vec<String>,
    exports: Vec<String>,
    /// What the memories of its modules have together to begin with.
    memory_bytes: u64,
}

impl Findings {
    fn read(wasm: &[u8]) -> Result<Self, Refusal> {
        let mut found = Self::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload.map_err(|error| Refusal::NotWebAssembly(error.to_string()))?;
            match &payload {
                Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                    return Err(Refusal::NotAComponent);
                }
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ => found.note(&payload, depth).map_err(|error| Refusal::NotWebAssembly(error.to_string()))?,
            }
        }
        Ok(found)
    }

    fn note(&mut self, payload: &Payload<'_>, depth: usize) -> wasmparser::Result<()> {
        match payload {
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section.clone() {
                    self.imports.push(format!("`{}`", import?.name.name));
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section.clone() {
                    self.exports.push(export?.name.name.to_owned());
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    let bytes = memory?.initial.saturating_mul(PAGE_BYTES);
                    self.memory_bytes = self.memory_bytes.saturating_add(bytes);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn check_version(&self) -> Result<(), Refusal> {
        let mut versions = self
            .exports
            .iter()
            .filter_map(|name| name.strip_prefix(INTERFACE))
            .map(|rest| rest.strip_prefix('@').unwrap_or("(none)"));
        let Some(version) = versions.next() else {
            let exports = if self.exports.is_empty() { "nothing".to_owned() } else { self.exports.join(", ") };
            return Err(Refusal::WrongWorld(format!("it exports {exports}; `{INTERFACE}@1.0.0` is needed")));
        };
        let major = version.split('.').next().and_then(|major| major.parse::<u64>().ok());
        if major == Some(VERSION_MAJOR) { Ok(()) } else { Err(Refusal::UnknownVersion(version.to_owned())) }
    }
}
