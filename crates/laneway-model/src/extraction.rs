//! The extraction of one document, flat: a few allocations a document, none a reference. Knows no JSON.

use std::ops::Range;
use std::sync::Arc;

use crate::{Association, PersonKind, ReferentialId, Resource, ResourceName, SecurityElements, Value};

/// One `[*]` of a descriptor's location, made concrete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// A position in an array.
    Index(u32),
    /// A member's name (unescaped).
    Member(Value),
}

/// A reference to another document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentReference {
    /// The identity it names.
    pub id: ReferentialId,
    /// Index into the resource's `reference_lists`.
    pub list: u16,
    /// The values of the list's parts: a range of [`Extraction::values`].
    pub values: Range<u32>,
}

/// A reference to a descriptor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescriptorReference {
    /// The identity it names.
    pub id: ReferentialId,
    /// Index into the resource's `descriptor_lists`.
    pub list: u16,
    /// The URI, lower-cased.
    pub uri: Value,
    /// One step for each `[*]` of the list's location: a range of [`Extraction::steps`].
    pub steps: Range<u32>,
}

/// An education organization's position in the hierarchy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hierarchy {
    /// Its id.
    pub id: i64,
    /// The id of the organization above it; 0 when the document names none.
    pub parent_id: i64,
}

/// What is extracted from a document: its identity, what it refers to, what secures it.
#[derive(Clone, Debug)]
pub struct Extraction {
    /// The document's resource type.
    pub resource: Arc<Resource>,
    /// The document's identity.
    pub referential_id: ReferentialId,
    /// The identity under the superclass's name, for a subclass.
    pub superclass_referential_id: Option<ReferentialId>,
    /// All texts, one behind another.
    pub arena: String,
    /// The values of the identity, then those of the references.
    pub values: Vec<Value>,
    /// The steps of descriptor references.
    pub steps: Vec<Step>,
    /// Document references in extraction order, duplicates kept.
    pub references: Vec<DocumentReference>,
    /// Descriptor references in extraction order, one per occurrence.
    pub descriptors: Vec<DescriptorReference>,
    /// Security elements.
    pub security: SecurityElements,
    /// The position in the hierarchy, for an education organization.
    pub hierarchy: Option<Hierarchy>,
    /// The body's `_etag`, when it is a string.
    pub etag: Option<Value>,
}

impl Extraction {
    /// The extraction of a document with that identity: no texts, references or security elements yet.
    #[must_use]
    pub fn new(resource: Arc<Resource>, referential_id: ReferentialId) -> Self {
        Self {
            resource,
            referential_id,
            superclass_referential_id: None,
            arena: String::new(),
            values: Vec::new(),
            steps: Vec::new(),
            references: Vec::new(),
            descriptors: Vec::new(),
            security: SecurityElements::default(),
            hierarchy: None,
            etag: None,
        }
    }

    /// The memory that it occupies, without what is shared with others of its resource.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.arena.len()
            + size_of_val(&*self.values)
            + size_of_val(&*self.steps)
            + size_of_val(&*self.references)
            + size_of_val(&*self.descriptors)
    }

    /// The text of `value`.
    #[must_use]
    pub fn text(&self, value: Value) -> &str {
        &self.arena[value.start as usize..(value.start + value.len) as usize]
    }

    /// The identity as (path, value) pairs.
    pub fn identity(&self) -> impl Iterator<Item = (&str, &str)> {
        self.resource.identity_paths.iter().zip(&self.values).map(|(path, value)| (&**path, self.text(*value)))
    }

    /// The identity under the superclass's name; empty when there is no superclass.
    pub fn superclass_identity(&self) -> impl Iterator<Item = (&str, &str)> {
        let paths = self.resource.superclass.as_ref().map_or(&[][..], |superclass| &superclass.identity_paths);
        paths.iter().zip(&self.values).map(|(path, value)| (&**path, self.text(*value)))
    }

    /// The values of a reference, in the order of its list's parts.
    #[must_use]
    pub fn reference_values(&self, reference: &DocumentReference) -> &[Value] {
        &self.values[reference.values.start as usize..reference.values.end as usize]
    }

    /// The ReferentialIds that this document occupies: its own and its superclass's.
    pub fn own_ids(&self) -> impl Iterator<Item = ReferentialId> + use<> {
        std::iter::once(self.referential_id).chain(self.superclass_referential_id)
    }

    /// All ReferentialIds that the document refers to, document references first, duplicates kept.
    pub fn referenced_ids(&self) -> impl Iterator<Item = ReferentialId> + '_ {
        self.references.iter().map(|r| r.id).chain(self.descriptors.iter().map(|d| d.id))
    }

    /// All references as [`Self::referenced_ids`] has them, each with the name of what it points to.
    pub fn referenced_names(&self) -> impl Iterator<Item = (ReferentialId, &ResourceName)> {
        let lists = &self.resource.reference_lists;
        let references = self.references.iter().map(|r| (r.id, &lists[usize::from(r.list)].target));
        let lists = &self.resource.descriptor_lists;
        references.chain(self.descriptors.iter().map(|d| (d.id, &lists[usize::from(d.list)].target)))
    }

    /// The path of a descriptor reference in this document, as in `$.addresses[0].addressTypeDescriptor`.
    #[must_use]
    pub fn descriptor_path(&self, descriptor: &DescriptorReference) -> String {
        let location = &self.resource.descriptor_lists[usize::from(descriptor.list)].location;
        let steps = &self.steps[descriptor.steps.start as usize..descriptor.steps.end as usize];
        let mut path = String::with_capacity(location.len() + 8);
        let mut pieces = location.split("[*]");
        path.push_str(pieces.next().unwrap_or_default());
        for (piece, step) in pieces.zip(steps) {
            match *step {
                Step::Index(index) => path.push_str(&format!("[{index}]")),
                Step::Member(name) => {
                    path.push('.');
                    path.push_str(self.text(name));
                }
            }
            path.push_str(piece);
        }
        path
    }

    /// The association that the document is, if it is one, with its sides as its references give them.
    #[must_use]
    pub fn association(&self) -> Option<Association<Value>> {
        let association = self.resource.association?;
        Some(association.and_then(|&(list, part)| {
            let reference = self.references.iter().find(|reference| usize::from(reference.list) == list)?;
            self.reference_values(reference).get(part).copied()
        }))
    }

    /// The person of this kind whose arrays the document carries: the first one, where the resource has the key.
    #[must_use]
    pub fn first_person(&self, kind: PersonKind) -> Option<&str> {
        let first = self.security.persons(kind).first().filter(|_| self.resource.securable.has_person(kind))?;
        Some(self.text(*first))
    }
}
