//! Components that are composed of others, as jco's are with its stubs of WASI: each part has a memory of its own.

use laneway_model::Extractor as _;
use laneway_plugin::{PluginSettings, Plugins};
use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentExportKind, ComponentExportSection, ComponentInstanceSection,
    ComponentSectionId, RawSection,
};

use crate::guest::{self, Guest, WIT, thing};
use crate::{plugin_failure, things};

const EXTRACTOR: &str = "laneway:resource/extractor@1.0.0";
/// A page of memory.
const PAGE_BYTES: usize = 64 << 10;

/// A part that another one calls with a text, which is copied into its memory.
fn measure() -> Vec<u8> {
    let text = r#"(component
        (core module $module
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "measure") (param i32 i32) (result i32)
                (if (i32.ne (i32.load8_u (local.get 0)) (i32.const 0x7b)) (then unreachable))
                (local.get 1)))
        (core instance $i (instantiate $module))
        (func (export "measure") (param "text" string) (result u32)
            (canon lift (core func $i "measure") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#;
    wat::parse_str(text).unwrap()
}

/// A plugin whose answer depends on what the other part says of the document: it traps unless its length comes back.
fn asking(guest: &Guest) -> Vec<u8> {
    let wit =
        WIT.replace("    export extractor;", "    import measure: func(text: string) -> u32;\n    export extractor;");
    let import = r#"(module (import "$root" "measure" (func $measure (param i32 i32) (result i32)))"#;
    let asks =
        "(if (i32.ne (call $measure (local.get $offset) (local.get $length)) (local.get $length)) (then unreachable))";
    let guest = guest.clone().extract(&format!("{asks} (global.get $answer)"));
    guest::component(wat::parse_str(guest.module_text("1.0.0").replacen("(module", import, 1)).unwrap(), &wit)
}

/// Both in one component, the first's import given by the second.
fn composed(guest: &Guest) -> Vec<u8> {
    let mut whole = Component::new();
    for part in [measure(), asking(guest)] {
        whole.section(&RawSection { id: ComponentSectionId::Component.into(), data: &part });
    }
    let mut instances = ComponentInstanceSection::new();
    whole.section(instances.instantiate::<_, &str>(0, []));
    let mut aliases = ComponentAliasSection::new();
    let (kind, name) = (ComponentExportKind::Func, "measure");
    whole.section(aliases.alias(Alias::InstanceExport { instance: 0, kind, name }));
    let mut instances = ComponentInstanceSection::new();
    whole.section(instances.instantiate(1, [("measure", ComponentExportKind::Func, 0)]));
    let mut aliases = ComponentAliasSection::new();
    let (kind, name) = (ComponentExportKind::Instance, EXTRACTOR);
    whole.section(aliases.alias(Alias::InstanceExport { instance: 1, kind, name }));
    let mut exports = ComponentExportSection::new();
    whole.section(exports.export(EXTRACTOR, ComponentExportKind::Instance, 2, None));
    whole.finish()
}

fn load(guest: &Guest, memory_bytes_max: usize) -> Result<Plugins, String> {
    let settings = PluginSettings { memory_bytes_max, ..PluginSettings::default() };
    Plugins::load(vec![("guest".into(), composed(guest))], settings).map_err(|error| error.to_string())
}

#[test]
fn a_plugin_may_be_composed_of_parts_with_memories_of_their_own() {
    let plugins = load(&guest::answering("1"), PluginSettings::default().memory_bytes_max).unwrap();
    let mut worker = plugins.worker();
    for document in [&br#"{"id":1}"#[..], b"{}"] {
        assert!(worker.extract(&things(&plugins), document).is_ok());
    }
}

#[test]
fn all_memories_of_a_plugin_share_its_limit() {
    // The guest's two pages and the other part's one, of four.
    let growing = |pages: u32| {
        let grow = format!(
            "(if (i32.eq (memory.grow (i32.const {pages})) (i32.const -1)) (then unreachable)) (global.get $manifest)"
        );
        load(&Guest::of(thing()).describe(&grow), 4 * PAGE_BYTES)
    };
    assert!(growing(1).is_ok());
    let refused = growing(2).unwrap_err();
    assert!(refused.contains(&format!("refused a memory of {} bytes", 5 * PAGE_BYTES)), "{refused}");
    let refused = load(&guest::answering("1"), 2 * PAGE_BYTES).unwrap_err();
    assert!(refused.contains(&(3 * PAGE_BYTES).to_string()), "{refused}");
}

#[test]
fn a_part_that_fails_costs_its_document() {
    let plugins = load(&guest::answering("1"), PluginSettings::default().memory_bytes_max).unwrap();
    // It begins with no brace, upon which the other part traps.
    let message = plugin_failure(plugins.worker().extract(&things(&plugins), b" {}"));
    assert!(message.contains("unreachable"), "{message}");
}
