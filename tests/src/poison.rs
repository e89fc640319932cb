//! A plugin that fails on each document: one that was compiled, whose code for it traps. Knows components, not schemas.

use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

/// The name of the function that reads a document, as the contract has it.
const EXTRACT: &str = "#extract";
const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// The component with a function that traps in place of the one that reads a document.
///
/// # Panics
/// When it is no plugin.
#[must_use]
pub fn trapping(component: &[u8]) -> Vec<u8> {
    let (mut imported, mut extract, mut bodies) = (0, None, 0);
    for payload in Parser::new(0).parse_all(component) {
        match payload.expect("a component") {
            // Another module of the component begins.
            Payload::Version { .. } => (imported, extract, bodies) = (0, None, 0),
            Payload::ImportSection(imports) => {
                let imports = imports.into_imports().map(|import| import.expect("an import"));
                imported = imports.filter(|import| matches!(import.ty, TypeRef::Func(_))).count();
            }
            Payload::ExportSection(exports) => {
                let mut exports = exports.into_iter().map(|export| export.expect("an export"));
                let found = exports.find(|export| export.kind == ExternalKind::Func && export.name.ends_with(EXTRACT));
                extract = found.map(|export| export.index as usize);
            }
            Payload::CodeSectionEntry(body) => {
                if extract == Some(imported + bodies) {
                    let mut changed = component.to_vec();
                    let content = &mut changed[body.range()];
                    content.fill(NOP);
                    // No locals; the size stays.
                    content[0] = 0;
                    content[1] = UNREACHABLE;
                    *content.last_mut().expect("a body") = END;
                    return changed;
                }
                bodies += 1;
            }
            _ => {}
        }
    }
    panic!("the component has no function that reads documents")
}

#[cfg(test)]
mod tests {
    use laneway_model::{Extractor as _, Outcome};
    use laneway_plugin::{PluginSettings, Plugins};

    use super::*;
    use crate::swap::sample_components;

    #[test]
    fn a_poisoned_plugin_fails_on_each_document() {
        let (name, wasm) = sample_components(true).into_iter().find(|(name, _)| name.contains("students")).unwrap();
        let plugins = Plugins::load(vec![(name, trapping(&wasm))], PluginSettings::default()).unwrap();
        let route = plugins.route("ed-fi", "students").unwrap();
        let outcome = plugins.worker().extract(&route, br#"{"studentUniqueId":"1"}"#).unwrap_err();
        assert!(matches!(outcome, Outcome::PluginFailed { .. }), "{outcome:?}");
    }
}
