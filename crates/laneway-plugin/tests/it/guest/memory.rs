//! The canonical ABI's layout of manifests and answers, written out as a guest's data segment.

use super::{Answer, Guest, Resource, Slot, Step};

/// Bytes that will lie at an address of the guest's memory.
pub(super) struct Memory {
    base: u32,
    bytes: Vec<u8>,
}

/// A string or list: where it lies and how many elements it has.
type List = [u32; 2];

impl Memory {
    pub(super) fn new(base: u32) -> Self {
        Self { base, bytes: Vec::new() }
    }

    pub(super) fn end(&self) -> u32 {
        self.base + u32::try_from(self.bytes.len()).unwrap()
    }

    /// As the content of a string in WebAssembly text.
    pub(super) fn escaped(&self) -> String {
        self.bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
    }

    /// name, version, dialect, resources.
    pub(super) fn manifest(&mut self, guest: &Guest) -> u32 {
        let resources: Vec<Vec<u32>> = guest.resources.iter().map(|resource| self.resource(resource)).collect();
        let fields =
            [self.text("test/guest"), self.text(guest.version), self.text(guest.dialect), self.list(&resources)];
        self.words(&fields.concat())
    }

    /// Five strings, two booleans and padding, option<superclass>, targets, slots.
    fn resource(&mut self, resource: &Resource) -> Vec<u32> {
        let mut words = [
            self.text("Test"),
            self.text(resource.project_endpoint),
            self.text(resource.resource_name),
            self.text(resource.endpoint),
            self.text("1.0"),
        ]
        .concat();
        words.push(u32::from(resource.is_descriptor) | u32::from(resource.in_hierarchy) << 8);
        words.push(u32::from(resource.superclass.is_some()));
        let (project, name, path) = resource.superclass.unwrap_or_default();
        words.extend([self.text(project), self.text(name), self.text(path)].concat());
        let targets: Vec<Vec<u32>> =
            resource.targets.iter().map(|(project, name)| [self.text(project), self.text(name)].concat()).collect();
        let slots: Vec<Vec<u32>> = resource.slots.iter().map(|slot| self.slot(slot)).collect();
        words.extend([self.list(&targets), self.list(&slots)].concat());
        words
    }

    fn slot(&mut self, slot: &Slot) -> Vec<u32> {
        let mut words = [self.text(slot.kind), self.text(slot.path), self.text(slot.location)].concat();
        words.extend([slot.target, slot.group]);
        words.extend(self.text(slot.name));
        words
    }

    /// The `ok` of a result, then spans, steps, texts.
    pub(super) fn answer(&mut self, answer: &Answer) -> u32 {
        let spans: Vec<Vec<u32>> =
            answer.spans.iter().map(|(slot, offset, length)| vec![*slot, *offset, *length]).collect();
        let steps: Vec<Vec<u32>> = answer
            .steps
            .iter()
            .map(|step| match *step {
                Step::Index(index) => vec![0, index, 0],
                Step::Member(offset, length) => vec![1, offset, length],
            })
            .collect();
        let texts: Vec<Vec<u32>> =
            answer.texts.iter().map(|(slot, text)| [vec![*slot], self.text(text).to_vec()].concat()).collect();
        let lists = [self.list(&spans), self.list(&steps), self.list(&texts)].concat();
        self.words(&[vec![0], lists].concat())
    }

    fn list(&mut self, elements: &[Vec<u32>]) -> List {
        [self.words(&elements.concat()), u32::try_from(elements.len()).unwrap()]
    }

    fn text(&mut self, text: &str) -> List {
        let at = self.end();
        self.bytes.extend_from_slice(text.as_bytes());
        [at, u32::try_from(text.len()).unwrap()]
    }

    fn words(&mut self, words: &[u32]) -> u32 {
        let aligned = self.bytes.len().next_multiple_of(4);
        self.bytes.resize(aligned, 0);
        let at = self.end();
        self.bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        at
    }
}
