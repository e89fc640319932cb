//! The canonical ABI of `laneway:resource@1.0.0`, written by hand because its types are few and frozen: what
//! [`export!`](crate::export) puts between a plugin and the host. WebAssembly only.

#![allow(unsafe_code, reason = "memory is handed over to the host as addresses")]

use alloc::{boxed::Box, string::String, vec::Vec};
use core::{alloc::Layout, cell::UnsafeCell};

use crate::{Answer, Manifest, Plugin, Refusal, Resource, Slot, Step, guest::Guest};

/// One plugin's state in its instance.
#[derive(Debug)]
pub struct Instance {
    guest: UnsafeCell<Option<Guest>>,
    /// What the host may still read: the manifest stays, an answer until the next document.
    answer: UnsafeCell<Lowered>,
}

// SAFETY: a guest has one thread, and the host never calls it while it runs.
unsafe impl Sync for Instance {}

/// Memory that the host reads.
#[derive(Debug)]
struct Lowered {
    words: Vec<Box<[u32]>>,
    texts: Vec<Box<str>>,
}

impl Instance {
    /// A plugin that has not been asked anything.
    #[expect(clippy::new_without_default, reason = "only `export!` makes one, in a static")]
    #[must_use]
    pub const fn new() -> Self {
        Self { guest: UnsafeCell::new(None), answer: UnsafeCell::new(Lowered::new()) }
    }

    /// `describe`.
    pub fn describe<P: Plugin>(&self) -> *const u32 {
        let mut lowered = Lowered::new();
        let manifest = lowered.manifest(&self.guest::<P>().manifest);
        // Asked once for an instance; the host may read it at any time.
        core::mem::forget(lowered);
        manifest
    }

    /// `extract`.
    ///
    /// # Safety
    /// `document` and `length` are what the host was given by [`realloc`] and filled.
    pub unsafe fn extract<P: Plugin>(&self, index: u32, document: *mut u8, length: usize) -> *const u32 {
        // SAFETY: the host hands the memory over; a list of bytes is aligned to one.
        let document = unsafe { Vec::from_raw_parts(document, length, length) };
        let extracted = match core::str::from_utf8(&document) {
            Ok(text) => self.guest::<P>().extract::<P>(index as usize, text),
            Err(error) => Err(Refusal {
                code: "invalid-json".into(),
                message: "The document is not UTF-8.".into(),
                offset: error.valid_up_to() as u32,
            }),
        };
        // SAFETY: nothing else holds it; the host has read the last answer.
        let lowered = unsafe { &mut *self.answer.get() };
        *lowered = Lowered::new();
        match extracted {
            Ok(answer) => lowered.answer(answer),
            Err(refusal) => lowered.refusal(refusal),
        }
    }

    fn guest<P: Plugin>(&self) -> &Guest {
        // SAFETY: written once, before anything holds it.
        unsafe { (*self.guest.get()).get_or_insert_with(Guest::of::<P>) }
    }
}

/// `cabi_realloc`: memory for the document that is about to be passed.
///
/// # Safety
/// `old`, `old_size` and `align` are what an earlier call gave and got, or zeros.
pub unsafe fn realloc(old: *mut u8, old_size: usize, align: usize, new_size: usize) -> *mut u8 {
    if new_size == 0 {
        return core::ptr::without_provenance_mut(align);
    }
    // SAFETY: the size is not 0, and the caller keeps to what it was given.
    let new = unsafe {
        if old_size == 0 {
            alloc::alloc::alloc(Layout::from_size_align_unchecked(new_size, align))
        } else {
            alloc::alloc::realloc(old, Layout::from_size_align_unchecked(old_size, align), new_size)
        }
    };
    if new.is_null() {
        core::arch::wasm32::unreachable();
    }
    new
}

impl Lowered {
    const fn new() -> Self {
        Self { words: Vec::new(), texts: Vec::new() }
    }

    fn words(&mut self, words: impl Into<Box<[u32]>>) -> *const u32 {
        self.words.push(words.into());
        self.words[self.words.len() - 1].as_ptr()
    }

    fn text(&mut self, text: impl Into<Box<str>>) -> [u32; 2] {
        self.texts.push(text.into());
        let text = &self.texts[self.texts.len() - 1];
        [text.as_ptr() as u32, text.len() as u32]
    }

    /// A list whose items take `N` words each.
    fn list<const N: usize>(&mut self, items: Vec<[u32; N]>) -> [u32; 2] {
        let count = items.len() as u32;
        [self.words(items.into_flattened()) as u32, count]
    }

    fn manifest(&mut self, manifest: &Manifest) -> *const u32 {
        let resources = manifest.resources.iter().map(|resource| self.resource(resource)).collect();
        let words = [
            self.text(&*manifest.name),
            self.text(&*manifest.version),
            self.text("dms-0.7"),
            self.list::<22>(resources),
        ];
        self.words(words.as_flattened())
    }

    fn resource(&mut self, resource: &Resource) -> [u32; 22] {
        let mut targets: Vec<&(String, String)> = Vec::new();
        let mut slots = Vec::new();
        for slot in &resource.slots {
            let target = slot.target.as_ref().map_or(0, |target| {
                targets.iter().position(|known| *known == target).unwrap_or_else(|| {
                    targets.push(target);
                    targets.len() - 1
                })
            });
            slots.push(self.slot(slot, target as u32));
        }
        let targets = targets.into_iter().map(|(project, resource)| {
            let ([project, project_length], [resource, length]) = (self.text(&**project), self.text(&**resource));
            [project, project_length, resource, length]
        });
        let targets = targets.collect();
        let superclass = resource.superclass.as_ref().map_or([[0; 2]; 3], |superclass| {
            [
                self.text(&*superclass.project_name),
                self.text(&*superclass.resource_name),
                self.text(&*superclass.identity_path),
            ]
        });
        let names = [
            self.text(&*resource.project_name),
            self.text(&*resource.project_endpoint),
            self.text(&*resource.name),
            self.text(&*resource.endpoint),
            self.text(&*resource.version),
        ];
        let lists = [self.list::<4>(targets), self.list::<10>(slots)];
        let mut words = [0; 22];
        words[..10].copy_from_slice(names.as_flattened());
        // Two booleans share a word, and an option's case has one of its own.
        words[10] = u32::from(resource.is_descriptor) | u32::from(resource.in_hierarchy) << 8;
        words[11] = u32::from(resource.superclass.is_some());
        words[12..18].copy_from_slice(superclass.as_flattened());
        words[18..].copy_from_slice(lists.as_flattened());
        words
    }

    fn slot(&mut self, slot: &Slot, target: u32) -> [u32; 10] {
        let [kind, kind_length] = self.text(slot.kind);
        let [path, path_length] = self.text(&*slot.path);
        let [location, location_length] = self.text(&*slot.location);
        let [name, name_length] = self.text(&*slot.name);
        [kind, kind_length, path, path_length, location, location_length, target, slot.group, name, name_length]
    }

    fn answer(&mut self, answer: Answer) -> *const u32 {
        let step = |step: &Step| match *step {
            Step::Index(index) => [0, index, 0],
            Step::Member(offset, length) => [1, offset, length],
        };
        let steps = answer.steps.iter().map(step).collect();
        let texts = answer.texts.into_iter().map(|(slot, text)| {
            let [text, length] = self.text(text);
            [slot, text, length]
        });
        let texts = texts.collect();
        let [spans, steps, texts] = [self.list(answer.spans), self.list::<3>(steps), self.list::<3>(texts)];
        self.words([0, spans[0], spans[1], steps[0], steps[1], texts[0], texts[1]])
    }

    fn refusal(&mut self, refusal: Refusal) -> *const u32 {
        let [code, message] = [self.text(refusal.code), self.text(refusal.message)];
        self.words([1, code[0], code[1], message[0], message[1], refusal.offset, 0])
    }
}
