//! A host for tests: runs a plugin under `cargo test`, natively, and assembles its answers as Laneway does, but
//! for what needs the real one (limits, ReferentialIds).

use alloc::{
    format,
    string::{String, ToString as _},
    vec::Vec,
};
use core::marker::PhantomData;

use crate::{Answer, Manifest, Plugin, Refusal, Resource, Slot, Value, guest::Guest};

/// Runs the plugin `P`.
#[derive(Debug)]
pub struct Host<P> {
    guest: Guest,
    plugin: PhantomData<P>,
}

/// A document's extraction.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Extracted {
    /// Path and text of each part of the identity.
    pub identity: Vec<(String, String)>,
    /// The references, list by list.
    pub references: Vec<Reference>,
    /// The texts of all values, by the kind of slot and in the order of slots: `("student", "604822")`.
    pub values: Vec<(&'static str, String)>,
}

/// A reference of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The resource that it points to.
    pub resource: String,
    /// Path and text of each part of its identity.
    pub identity: Vec<(String, String)>,
}

impl<P: Plugin> Host<P> {
    /// A host of the plugin.
    ///
    /// # Panics
    /// When a path in the manifest is none.
    #[must_use]
    pub fn new() -> Self {
        Self { guest: Guest::of::<P>(), plugin: PhantomData }
    }

    /// The plugin's manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.guest.manifest
    }

    /// The extraction of a document of the resource at `endpoint`.
    ///
    /// # Errors
    /// The plugin's refusal of the document, or the host's.
    ///
    /// # Panics
    /// When the plugin does not serve the endpoint, or answers what no host takes.
    pub fn extract(&self, endpoint: &str, document: &str) -> Result<Extracted, Refusal> {
        let index = self.guest.manifest.resources.iter().position(|resource| resource.endpoint == endpoint);
        let index = index.unwrap_or_else(|| panic!("the plugin serves no endpoint {endpoint:?}"));
        let answer = self.guest.extract::<P>(index, document)?;
        assembled(&self.guest.manifest.resources[index], document, &answer)
    }
}

impl<P: Plugin> Default for Host<P> {
    fn default() -> Self {
        Self::new()
    }
}

/// A part of a reference list and its values.
type Part<'a> = (&'a Slot, Vec<String>);

fn assembled(resource: &Resource, document: &str, answer: &Answer) -> Result<Extracted, Refusal> {
    let mut extracted = Extracted::default();
    let mut lists: Vec<Vec<Part<'_>>> = Vec::new();
    for (number, slot) in (0..).zip(&resource.slots) {
        let texts = texts(document, answer, number)?;
        extracted.values.extend(texts.iter().map(|text| (slot.kind, text.clone())));
        match slot.kind {
            "identity" => match &texts[..] {
                [text] => extracted.identity.push((slot.path.clone(), text.clone())),
                texts => return Err(Refusal::identity_missing(&slot.location, texts.len())),
            },
            "reference" => match lists.iter_mut().find(|parts| parts[0].0.group == slot.group) {
                Some(parts) => parts.push((slot, texts)),
                None => lists.push([(slot, texts)].into()),
            },
            _ => {}
        }
    }
    let slots = resource.slots.len() as u32;
    let astray = answer.spans.iter().map(|span| span[0]).chain(answer.texts.iter().map(|(slot, _)| *slot));
    if let Some(slot) = astray.into_iter().find(|slot| *slot >= slots) {
        panic!("the plugin gave a value for slot {slot}, but its resource has {slots} slots");
    }
    for parts in &lists {
        extracted.references.append(&mut zipped(parts)?);
    }
    Ok(extracted)
}

/// The values of one slot.
fn texts(document: &str, answer: &Answer, slot: u32) -> Result<Vec<String>, Refusal> {
    let spans = answer.spans.iter().filter(|span| span[0] == slot);
    let read = |[_, offset, length]: &[u32; 3]| {
        let token = &document[*offset as usize..][..*length as usize];
        Value { token, offset: *offset, steps: Vec::new() }.text().map(|text| text.into_owned())
    };
    let mut texts = spans.map(read).collect::<Result<Vec<_>, _>>()?;
    let computed = answer.texts.iter().filter(|(of, _)| *of == slot);
    texts.extend(computed.map(|(_, text)| text.to_string()));
    Ok(texts)
}

/// The references whose i-th parts are the i-th values.
fn zipped(parts: &[Part<'_>]) -> Result<Vec<Reference>, Refusal> {
    let (first, count) = (parts[0].0, parts[0].1.len());
    if let Some((slot, values)) = parts.iter().find(|(_, values)| values.len() != count) {
        let message = format!(
            "{} has {count} values and {} has {}; the parts of a reference must come together.",
            first.location,
            slot.location,
            values.len()
        );
        return Err(Refusal { code: "unequal-slices".into(), message, offset: 0 });
    }
    let resource = first.target.as_ref().map_or_else(String::new, |(_, resource)| resource.clone());
    let reference = |number: usize| Reference {
        resource: resource.clone(),
        identity: parts.iter().map(|(slot, values)| (slot.path.clone(), values[number].clone())).collect(),
    };
    Ok((0..count).map(reference).collect())
}
