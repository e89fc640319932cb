//! Tables and manifest as bytes in the scanner's memory: what the appended data segments hold.
//! The tables' layout is the scanner's (`format`), the manifest's the canonical ABI's.

use std::collections::HashMap;

use crate::{
    Dialect, ResourceManifest, Slot, SlotKind, Target,
    automaton::{Automaton, State},
    format,
};

/// What the compiled module's memory holds behind the scanner's own data.
pub(crate) struct Image {
    /// The bytes, to lie at the base address.
    pub(crate) bytes: Vec<u8>,
    /// The scanner's header.
    pub(crate) header: Vec<u8>,
    /// Where the free memory begins.
    pub(crate) heap: u32,
}

/// Everything of one plugin, to lie at `base`.
pub(crate) fn image(base: u32, dialect: Dialect, name: &str, version: &str, resources: &[&ResourceManifest]) -> Image {
    let mut writer = Writer::new(base);
    let roots: Vec<u32> = resources.iter().map(|resource| writer.resource(resource)).collect();
    let root_list = writer.words(&roots);
    let manifest = writer.manifest(dialect, name, version, resources);
    // Texts may be read a vector beyond their end, and the last one ends the image.
    writer.reserve(format::TEXT_PADDING, 1);
    writer.align(16);
    let heap = writer.next();
    let mut header = Vec::new();
    for word in [manifest, root_list, roots.len() as u32, heap] {
        header.extend_from_slice(&word.to_le_bytes());
    }
    Image { bytes: writer.bytes, header, heap }
}

/// Bytes in the making. Addresses are final from the start.
struct Writer {
    base: u32,
    bytes: Vec<u8>,
    /// Texts that are there already: names repeat between states and between resources.
    texts: HashMap<String, u32>,
}

impl Writer {
    fn new(base: u32) -> Self {
        assert!(base.is_multiple_of(16), "tables are aligned as far as anything in them");
        Self { base, bytes: Vec::new(), texts: HashMap::new() }
    }

    fn next(&self) -> u32 {
        self.base + u32::try_from(self.bytes.len()).expect("tables of fewer than 2^32 bytes")
    }

    fn align(&mut self, align: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(align), 0);
    }

    /// Makes room; gives its address.
    fn reserve(&mut self, size: usize, align: usize) -> u32 {
        self.align(align);
        let address = self.next();
        self.bytes.resize(self.bytes.len() + size, 0);
        address
    }

    fn put(&mut self, address: u32, bytes: &[u8]) {
        let start = (address - self.base) as usize;
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
    }

    fn put_words(&mut self, address: u32, words: &[u32]) {
        for (address, word) in (address..).step_by(4).zip(words) {
            self.put(address, &word.to_le_bytes());
        }
    }

    /// Places words; gives their address.
    fn words(&mut self, words: &[u32]) -> u32 {
        let address = self.reserve(4 * words.len(), 4);
        self.put_words(address, words);
        address
    }

    /// Places a text once; gives its address.
    fn text(&mut self, text: String) -> u32 {
        if let Some(address) = self.texts.get(&text) {
            return *address;
        }
        let address = self.reserve(text.len(), 1);
        self.put(address, text.as_bytes());
        self.texts.insert(text, address);
        address
    }

    /// A string of the canonical ABI: address and length.
    fn string(&mut self, text: &str) -> [u32; 2] {
        [self.text(text.to_owned()), text.len() as u32]
    }

    /// Places a resource's automaton; gives its root's address.
    fn resource(&mut self, resource: &ResourceManifest) -> u32 {
        self.automaton(&Automaton::new(resource).expect("checked where manifests are merged"))
    }

    /// Places an automaton; gives its root's address.
    fn automaton(&mut self, automaton: &Automaton) -> u32 {
        let first = self.reserve(automaton.states.len() * size_of::<format::State>(), 4);
        let address = |state: usize| first + (state * size_of::<format::State>()) as u32;
        for (number, state) in automaton.states.iter().enumerate() {
            let words = self.state(state, &address);
            self.put_words(address(number), &words);
        }
        address(automaton.root)
    }

    /// Places what a state points to; gives the state's words.
    fn state(&mut self, state: &State, address: &impl Fn(usize) -> u32) -> [u32; STATE_WORDS] {
        let slots: Vec<u32> = state.slots.iter().flat_map(|(slot, steps)| [*slot, *steps]).collect();
        let slots = self.words(&slots);
        let members = self.reserve(state.members.len() * size_of::<format::Member>(), 8);
        for (number, (name, to)) in state.members.iter().enumerate() {
            let text = format!("\"{name}\":");
            let length = text.len() as u32;
            let text = self.text(text);
            let guessable = state.members.len().min(format::SEEN_MAX);
            let next = if number + 1 < guessable { member_address(members, number + 1) } else { 0 };
            let seen = if number < format::SEEN_MAX { 1u64 << number } else { 0 };
            let at = member_address(members, number);
            self.put(at, &seen.to_le_bytes());
            self.put_words(at + 8, &[text, length, address(*to), next]);
        }
        let (buckets, mask) = self.buckets(state);
        let guess = if state.members.is_empty() { 0 } else { members };
        let has_star = u32::from(state.item != 0);
        [slots, state.slots.len() as u32, address(state.item), members, buckets, mask, has_star, guess]
    }

    /// Places the buckets of a state's names, at most half of them filled; gives address and mask.
    fn buckets(&mut self, state: &State) -> (u32, u32) {
        let count = (2 * state.members.len()).next_power_of_two().max(2);
        let mask = count - 1;
        let mut buckets = vec![0u16; count];
        for (number, (name, _)) in state.members.iter().enumerate() {
            let mut bucket = format::hash(name.as_bytes()) as usize & mask;
            while buckets[bucket] != 0 {
                bucket = (bucket + 1) & mask;
            }
            buckets[bucket] = u16::try_from(number + 1).expect("an object has fewer than 2^16 known members");
        }
        let address = self.reserve(2 * count, 2);
        for (at, bucket) in (address..).step_by(2).zip(&buckets) {
            self.put(at, &bucket.to_le_bytes());
        }
        (address, mask as u32)
    }

    /// Places the record `manifest`; gives its address.
    fn manifest(&mut self, dialect: Dialect, name: &str, version: &str, resources: &[&ResourceManifest]) -> u32 {
        let records: Vec<u32> = resources.iter().flat_map(|resource| self.description(resource)).collect();
        let records = self.words(&records);
        let words =
            [self.string(name), self.string(version), self.string(dialect.name()), [records, resources.len() as u32]];
        self.words(words.as_flattened())
    }

    /// The words of a `resource-description`.
    fn description(&mut self, resource: &ResourceManifest) -> Vec<u32> {
        let targets: Vec<u32> = resource.targets.iter().flat_map(|target| self.target(target)).collect();
        let slots: Vec<u32> = resource.slots.iter().flat_map(|slot| self.slot(slot)).collect();
        let (targets, slots) = (self.words(&targets), self.words(&slots));
        // Two booleans share a word, and an option's case has one of its own: 0 is none.
        let flags = u32::from(resource.is_descriptor) | u32::from(resource.in_hierarchy) << 8;
        let superclass = resource.superclass.as_ref().map_or([0; 7], |superclass| {
            let [project_name, project_len] = self.string(&superclass.project_name);
            let [resource_name, resource_len] = self.string(&superclass.resource_name);
            let [path, path_len] = self.string(superclass.identity_path.as_ref().map_or("", |path| path.text()));
            [1, project_name, project_len, resource_name, resource_len, path, path_len]
        });
        let names = [
            self.string(&resource.project_name),
            self.string(&resource.project_endpoint),
            self.string(&resource.resource_name),
            self.string(&resource.endpoint),
            self.string(&resource.resource_version),
        ];
        let lists = [targets, resource.targets.len() as u32, slots, resource.slots.len() as u32];
        [names.as_flattened(), &[flags], &superclass, &lists].concat()
    }

    /// The words of a `target`.
    fn target(&mut self, target: &Target) -> [u32; 4] {
        let [project_name, project_len] = self.string(&target.project_name);
        let [resource_name, resource_len] = self.string(&target.resource_name);
        [project_name, project_len, resource_name, resource_len]
    }

    /// The words of a `slot`.
    fn slot(&mut self, slot: &Slot) -> [u32; 10] {
        let (path, target, group, name) = match &slot.kind {
            SlotKind::Identity => (slot.location.text(), 0, 0, ""),
            SlotKind::Reference { target, group, path } => (path.text(), *target, *group, ""),
            SlotKind::Descriptor { target } => ("", *target, 0, ""),
            SlotKind::EducationOrganization { name } => ("", 0, 0, &**name),
            _ => ("", 0, 0, ""),
        };
        let [kind, kind_len] = self.string(slot.kind.word());
        let [path, path_len] = self.string(path);
        let [location, location_len] = self.string(slot.location.text());
        let [name, name_len] = self.string(name);
        [kind, kind_len, path, path_len, location, location_len, target, group, name, name_len]
    }
}

const STATE_WORDS: usize = size_of::<format::State>() / 4;

// The words above are written in the order of the scanner's fields.
const _: () = {
    use std::mem::offset_of;
    assert!(size_of::<format::Header>() == 16 && offset_of!(format::Header, heap) == 12);
    assert!(size_of::<format::Slot>() == 8 && offset_of!(format::Slot, steps) == 4);
    assert!(size_of::<format::Member>() == 24 && offset_of!(format::Member, text) == 8);
    assert!(offset_of!(format::Member, state) == 16 && offset_of!(format::Member, guess) == 20);
    assert!(size_of::<format::State>() == 32 && offset_of!(format::State, item) == 8);
    assert!(offset_of!(format::State, bucket_mask) == 20 && offset_of!(format::State, guess) == 28);
};

fn member_address(members: u32, number: usize) -> u32 {
    members + (number * size_of::<format::Member>()) as u32
}
