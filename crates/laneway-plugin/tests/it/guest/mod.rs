//! Guests written in WebAssembly text: what no compiler would make, in the shape that the contract asks for.

mod memory;

use memory::Memory;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The frozen contract.
pub(crate) const WIT: &str = include_str!("../../../../../plugins/wit/laneway-resource-1.0/laneway-resource.wit");
/// Where a guest's data begins. Below it is room for what the guest writes itself.
const DATA: u32 = 4096;
/// Where a guest's allocations begin.
const HEAP: u32 = 32768;

/// A slot of the manifest.
#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) kind: &'static str,
    pub(crate) path: &'static str,
    pub(crate) location: &'static str,
    pub(crate) target: u32,
    pub(crate) group: u32,
    pub(crate) name: &'static str,
}

impl Slot {
    pub(crate) fn new(kind: &'static str, location: &'static str) -> Self {
        Self { kind, path: "", location, target: 0, group: 0, name: "" }
    }

    pub(crate) fn path(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    pub(crate) fn target(self, target: u32) -> Self {
        Self { target, ..self }
    }

    pub(crate) fn group(self, group: u32) -> Self {
        Self { group, ..self }
    }

    pub(crate) fn name(self, name: &'static str) -> Self {
        Self { name, ..self }
    }
}

/// A resource of the manifest.
#[derive(Clone)]
pub(crate) struct Resource {
    pub(crate) resource_name: &'static str,
    pub(crate) project_endpoint: &'static str,
    pub(crate) endpoint: &'static str,
    pub(crate) is_descriptor: bool,
    pub(crate) in_hierarchy: bool,
    pub(crate) superclass: Option<(&'static str, &'static str, &'static str)>,
    pub(crate) targets: Vec<(&'static str, &'static str)>,
    pub(crate) slots: Vec<Slot>,
}

/// A resource with one identity part, `$.id`.
pub(crate) fn thing() -> Resource {
    Resource {
        resource_name: "Thing",
        project_endpoint: "test",
        endpoint: "things",
        is_descriptor: false,
        in_hierarchy: false,
        superclass: None,
        targets: Vec::new(),
        slots: vec![Slot::new("identity", "$.id").path("$.id")],
    }
}

/// A resource beside it.
pub(crate) fn other_thing() -> Resource {
    Resource { endpoint: "others", resource_name: "Other", ..thing() }
}

/// A guest that gives this identity to every document.
pub(crate) fn answering(identity: &'static str) -> Guest {
    Guest::of(thing()).answer(Answer { texts: vec![(0, identity)], ..Answer::default() })
}

/// What a guest answers about every document.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub(crate) spans: Vec<(u32, u32, u32)>,
    pub(crate) steps: Vec<Step>,
    pub(crate) texts: Vec<(u32, &'static str)>,
}

#[derive(Clone, Copy)]
pub(crate) enum Step {
    Index(u32),
    Member(u32, u32),
}

/// A guest: a manifest, an answer that lies ready in memory, and code.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) version: &'static str,
    pub(crate) dialect: &'static str,
    pub(crate) resources: Vec<Resource>,
    pub(crate) answer: Answer,
    /// The body of `describe`; `$manifest` is where the manifest lies.
    pub(crate) describe: String,
    /// The body of `extract`; `$answer` is where the answer lies, `$index`, `$offset` and `$length` its parameters.
    pub(crate) extract: String,
    /// Further definitions of the module.
    pub(crate) definitions: String,
    pub(crate) memory_pages: u32,
}

impl Guest {
    /// A guest that does what it should, serving one resource.
    pub(crate) fn of(resource: Resource) -> Self {
        Self {
            version: "1.2.3",
            dialect: "dms-0.7",
            resources: vec![resource],
            answer: Answer::default(),
            describe: "(global.get $manifest)".into(),
            extract: "(global.get $answer)".into(),
            definitions: String::new(),
            memory_pages: 2,
        }
    }

    pub(crate) fn answer(self, answer: Answer) -> Self {
        Self { answer, ..self }
    }

    /// Answers with these spans, whatever the document.
    pub(crate) fn spans(self, spans: &[(u32, u32, u32)]) -> Self {
        let answer = Answer { spans: spans.to_vec(), ..Answer::default() };
        self.answer(answer)
    }

    pub(crate) fn extract(self, body: &str) -> Self {
        Self { extract: body.into(), ..self }
    }

    pub(crate) fn describe(self, body: &str) -> Self {
        Self { describe: body.into(), ..self }
    }

    pub(crate) fn define(self, definitions: &str) -> Self {
        Self { definitions: definitions.into(), ..self }
    }

    /// The core module.
    pub(crate) fn module(&self, version: &str) -> Vec<u8> {
        let text = self.module_text(version);
        wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    /// The core module as text.
    pub(crate) fn module_text(&self, version: &str) -> String {
        let mut memory = Memory::new(DATA);
        let manifest = memory.manifest(self);
        let answer = memory.answer(&self.answer);
        let Self { describe, extract, definitions, memory_pages, .. } = self;
        let (data, end) = (memory.escaped(), memory.end());
        assert!(end <= HEAP, "the guest's data must end below its heap");
        format!(
            r#"(module
  (memory (export "memory") {memory_pages})
  (global $manifest i32 (i32.const {manifest}))
  (global $answer i32 (i32.const {answer}))
  (global $calls (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $wanted i32)
    ;; One allocation a call: the document. Memory grows when it does not fit.
    (local.set $wanted (i32.sub
      (i32.shr_u (i32.add (i32.add (i32.const {HEAP}) (local.get 3)) (i32.const 65535)) (i32.const 16))
      (memory.size)))
    (if (i32.gt_s (local.get $wanted) (i32.const 0))
      (then (if (i32.eq (memory.grow (local.get $wanted)) (i32.const -1)) (then unreachable))))
    (i32.const {HEAP}))
  {definitions}
  (func (export "laneway:resource/extractor@{version}#describe") (result i32) {describe})
  (func (export "laneway:resource/extractor@{version}#extract")
    (param $index i32) (param $offset i32) (param $length i32) (result i32) {extract})
  (data (i32.const {DATA}) "{data}"))"#
        )
    }

    /// The component.
    pub(crate) fn component(&self) -> Vec<u8> {
        component(self.module("1.0.0"), WIT)
    }

    /// The component for another version of the contract with the same functions.
    pub(crate) fn component_of_version(&self, version: &str) -> Vec<u8> {
        let wit = WIT.replace("@1.0.0", &format!("@{version}"));
        component(self.module(version), &wit)
    }
}

/// Wraps a core module as a component of the only world in `wit`.
pub(crate) fn component(mut module: Vec<u8>, wit: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("test.wit", wit).expect("the WIT is valid");
    let world = resolve.select_world(&[package], None).expect("the package has one world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
    let encoder = ComponentEncoder::default().module(&module).expect("the module is one of this world");
    encoder.validate(true).encode().expect("the module fits its world")
}

/// The component of a guest that imports `$random`, a function of the world, which its code may call.
pub(crate) fn importing(guest: &Guest) -> Vec<u8> {
    let wit = WIT.replace(
        "    export extractor;",
        "    import wasi-clock: interface { now: func() -> u64; }\n    import random: func() -> u32;\n    export extractor;",
    );
    assert_ne!(wit, WIT);
    // The import must come first in the module.
    let import = r#"(module (import "$root" "random" (func $random (result i32)))"#;
    let text = guest.module_text("1.0.0").replacen("(module", import, 1);
    component(wat::parse_str(text).unwrap(), &wit)
}

/// With so many bytes more, in a custom section.
pub(crate) fn padded(mut wasm: Vec<u8>, bytes: usize) -> Vec<u8> {
    // A section's length as it is written in WebAssembly: seven bits a byte. The name has none.
    let mut length = bytes + 1;
    wasm.push(0);
    while length >= 0x80 {
        wasm.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    wasm.push(length as u8);
    wasm.resize(wasm.len() + 1 + bytes, 0);
    wasm
}
