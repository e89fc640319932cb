//! Runs components: a host with nothing around it.

use laneway_schema::{ApiSchema, Options, compile_with};
use wasmtime::{
    Engine, Store,
    component::{Component, Linker},
};

mod bindings {
    wasmtime::component::bindgen!({ path: "../../plugins/wit/laneway-resource-1.0" });
}
pub(crate) use bindings::exports::laneway::resource::extractor::*;

/// An instance of a component.
pub(crate) struct Guest {
    store: Store<()>,
    instance: bindings::Resource,
}

impl Guest {
    pub(crate) fn new(component: &[u8]) -> Self {
        let engine = Engine::default();
        let component = Component::new(&engine, component).expect("a component");
        let mut store = Store::new(&engine, ());
        let instance = bindings::Resource::instantiate(&mut store, &component, &Linker::new(&engine));
        let instance = instance.expect("a component of the contract, without imports");
        Self { store, instance }
    }

    /// The component of one resource.
    pub(crate) fn of(schemas: &[ApiSchema], endpoint: &str) -> Self {
        let options = Options { only: vec![endpoint.into()], ..Options::default() };
        let plugins = compile_with(schemas, &options).expect("schemas that fit");
        assert_eq!(plugins.len(), 1, "one resource is called {endpoint}");
        Self::new(&plugins[0].wasm)
    }

    pub(crate) fn describe(&mut self) -> Manifest {
        self.instance.laneway_resource_extractor().call_describe(&mut self.store).expect("no trap")
    }

    pub(crate) fn extract(&mut self, index: u32, document: &str) -> Result<Extraction, ExtractError> {
        let extractor = self.instance.laneway_resource_extractor();
        extractor.call_extract(&mut self.store, index, document.as_bytes()).expect("no trap")
    }

    /// What is found in `document`, in words: a line for each span, with its slot's location and its steps.
    pub(crate) fn found(&mut self, document: &str) -> String {
        let slots = self.describe().resources.remove(0).slots;
        let extraction = match self.extract(0, document) {
            Ok(extraction) => extraction,
            Err(error) => return format!("{} at {}: {}\n", error.code, error.offset, error.message),
        };
        let mut steps = extraction.steps.iter();
        let mut words = String::new();
        for span in &extraction.spans {
            let slot = &slots[span.slot as usize];
            words += &format!("{} {}: {}", slot.kind, slot.location, text(document, span.offset, span.length));
            let stars = if slot.kind == "descriptor" { slot.location.matches("[*]").count() } else { 0 };
            for step in steps.by_ref().take(stars) {
                words += &match step {
                    Step::Index(index) => format!(" [{index}]"),
                    Step::Member((offset, length)) => format!(" .{}", text(document, *offset, *length)),
                };
            }
            words.push('\n');
        }
        assert!(steps.next().is_none(), "no step is left over");
        words
    }
}

fn text(document: &str, offset: u32, length: u32) -> &str {
    &document[offset as usize..(offset + length) as usize]
}
