//! From a plugin's answer to an extraction: texts, identities, ReferentialIds. The host decides alone, and in
//! the DMS's order, what makes a document invalid: identity, references, descriptors, security, hierarchy.

use std::collections::HashSet;
use std::sync::Arc;

use laneway_model::{
    DescriptorReference, DocumentReference, EducationOrganization, Extraction, Hierarchy, ReferentialId,
    SecurityElements, Step, TokenKind, Value, push_lower_invariant,
};

use crate::read::bodies::Bodies;
use crate::read::fault::Fault;
use crate::read::id_memo::IdMemo;
use crate::read::output::{Found, KEPT_VALUES_MAX, PluginOutput};
use crate::read::reading::Reading;
use crate::read::resource_plan::{DESCRIPTOR_PATH, DescriptorPlan, IdentityPlan, ReferencePlan, ResourcePlan, Slot};
use crate::read::token::TokenError;
use crate::v1::exports::laneway::resource::extractor as wit;

/// Up to this many security elements of a kind are compared one by one; beyond, by hash, so that a document
/// full of them costs no more than in proportion.
const COMPARED_MAX: usize = 16;

/// Buffers with more text than this are not kept for the next document.
const KEPT_BYTES_MAX: usize = 1 << 20;
/// Positions in an extraction's texts have 32 bits; lower case can take half as much again.
const TEXT_BYTES_MAX: usize = (u32::MAX / 4) as usize;

/// Stands for ids that are left out.
const NO_ID: ReferentialId = ReferentialId(ReferentialId::NAMESPACE);

/// Builds extractions one after another, in the same buffers.
pub(crate) struct Assembler {
    /// The most bytes of text that are looked at for one document: spans may overlap, so what they add up
    /// to is not bounded by the document.
    text_bytes_max: usize,
    scratch: Scratch,
    /// `None` leaves ReferentialIds out, which only a measurement wants.
    ids: Option<IdMemo>,
}

/// An extraction in the making. The finished one gets copies of just the right size.
#[derive(Default)]
struct Scratch {
    arena: String,
    values: Vec<Value>,
    steps: Vec<Step>,
    references: Vec<DocumentReference>,
    descriptors: Vec<DescriptorReference>,
    /// The values of one reference list, part by part.
    parts: Vec<Value>,
    /// A text before it is lower-cased.
    text: String,
}

/// The document's own id, and the one under its superclass's name.
type Ids = (ReferentialId, Option<ReferentialId>);

impl Assembler {
    pub(crate) fn new(text_bytes_max: usize) -> Self {
        Self {
            text_bytes_max: text_bytes_max.min(TEXT_BYTES_MAX),
            scratch: Scratch::default(),
            ids: Some(IdMemo::new()),
        }
    }

    /// All that an extraction takes but the hashing: what ReferentialIds cost is seen from the difference.
    pub(crate) fn without_ids(self) -> Self {
        Self { ids: None, ..self }
    }

    /// Builds the extraction of `document` from the plugin's output.
    pub(crate) fn assemble(
        &mut self,
        plan: &ResourcePlan,
        document: &str,
        answer: &PluginOutput<'_>,
        bodies: Bodies,
    ) -> Result<Extraction, Fault> {
        self.scratch.clear();
        let cx = Reading::new(plan, document, answer, self.text_bytes_max);
        let (referential_id, superclass_referential_id) = self.identity(&cx, bodies)?;
        for (list, references) in (0..).zip(&plan.references) {
            self.reference_list(&cx, list, references)?;
        }
        for (list, descriptors) in (0..).zip(&plan.descriptors) {
            self.descriptor_list(&cx, list, descriptors)?;
        }
        let security = self.security(&cx)?;
        let hierarchy = self.hierarchy(&cx)?;
        let etag = self.etag(&cx);
        Ok(Extraction {
            resource: Arc::clone(&plan.resource),
            referential_id,
            superclass_referential_id,
            arena: self.scratch.arena.as_str().to_owned(),
            values: self.scratch.values.as_slice().to_vec(),
            steps: self.scratch.steps.as_slice().to_vec(),
            references: self.scratch.references.as_slice().to_vec(),
            descriptors: self.scratch.descriptors.as_slice().to_vec(),
            security,
            hierarchy,
            etag,
        })
    }

    fn identity(&mut self, cx: &Reading<'_>, bodies: Bodies) -> Result<Ids, Fault> {
        match &cx.plan.identity {
            IdentityPlan::Parts(slots) => {
                for &slot in slots {
                    let found = cx.only(slot)?;
                    let value = self.value(cx, slot, found)?;
                    if bodies.refuses_uncoerced
                        && matches!(found, Found::Span { .. })
                        && value.token == TokenKind::String
                    {
                        cx.refuse_uncoerced(slot, text(&self.scratch.arena, value))?;
                    }
                    self.scratch.values.push(value);
                }
            }
            IdentityPlan::Descriptor { namespace, code_value } => {
                self.scratch.text.clear();
                cx.push_descriptor_part(*namespace, &mut self.scratch.text)?;
                self.scratch.text.push('#');
                cx.push_descriptor_part(*code_value, &mut self.scratch.text)?;
                let value = self.lowered();
                self.scratch.values.push(value);
            }
        }
        let (resource, arena) = (&*cx.plan.resource, &self.scratch.arena);
        if self.ids.is_none() {
            return Ok((NO_ID, cx.plan.superclass_id.as_ref().map(|_| NO_ID)));
        }
        let own = cx.plan.own_id.id(elements(arena, &resource.identity_paths, &self.scratch.values));
        let superclass = cx.plan.superclass_id.as_ref().zip(resource.superclass.as_ref());
        let superclass = superclass
            .map(|(kind, superclass)| kind.id(elements(arena, &superclass.identity_paths, &self.scratch.values)));
        Ok((own, superclass))
    }

    fn reference_list(&mut self, cx: &Reading<'_>, list: u16, plan: &ReferencePlan) -> Result<(), Fault> {
        self.scratch.parts.clear();
        for &slot in &plan.slots {
            for found in cx.answer.values(slot) {
                let value = self.value(cx, slot, found)?;
                self.scratch.parts.push(value);
            }
        }
        let references = cx.answer.count(plan.slots[0]);
        for &slot in &plan.slots[1..] {
            if cx.answer.count(slot) != references {
                return Err(cx.unequal(plan.slots[0], slot));
            }
        }
        let parts = &cx.plan.resource.reference_lists[usize::from(list)].parts;
        for number in 0..references {
            let start = self.scratch.values.len();
            self.scratch.values.extend(self.scratch.parts.chunks_exact(references).map(|values| values[number]));
            let elements = parts.iter().zip(&self.scratch.values[start..]);
            let elements = elements.map(|(part, value)| (&*part.path, text(&self.scratch.arena, *value)));
            let id = self.ids.as_mut().map_or(NO_ID, |ids| ids.id(&plan.id, elements));
            self.scratch.references.push(DocumentReference {
                id,
                list,
                values: index(start)..index(self.scratch.values.len()),
            });
        }
        Ok(())
    }

    fn descriptor_list(&mut self, cx: &Reading<'_>, list: u16, plan: &DescriptorPlan) -> Result<(), Fault> {
        for found in cx.answer.values(plan.slot) {
            self.scratch.text.clear();
            cx.push(plan.slot, found, &mut self.scratch.text)?;
            let uri = self.lowered();
            let elements = std::iter::once((DESCRIPTOR_PATH, text(&self.scratch.arena, uri)));
            let id = self.ids.as_mut().map_or(NO_ID, |ids| ids.id(&plan.id, elements));
            let steps = self.steps(cx, plan.slot, found)?;
            self.scratch.descriptors.push(DescriptorReference { id, list, uri, steps });
        }
        Ok(())
    }

    fn steps(&mut self, cx: &Reading<'_>, slot: Slot, found: Found<'_>) -> Result<std::ops::Range<u32>, Fault> {
        let start = index(self.scratch.steps.len());
        if let Found::Span { steps, .. } = found {
            for step in cx.answer.steps(steps, cx.plan.steps[slot as usize]) {
                let step = match *step {
                    wit::Step::Index(index) => Step::Index(index),
                    wit::Step::Member((offset, length)) => {
                        let start = self.scratch.arena.len();
                        let kind = cx.push_token(slot, (offset, length), &mut self.scratch.arena)?;
                        if kind != TokenKind::String {
                            return Err(cx.fault(slot, (offset, length), TokenError::Astray));
                        }
                        Step::Member(self.since(start, kind))
                    }
                };
                self.scratch.steps.push(step);
            }
        }
        Ok(start..index(self.scratch.steps.len()))
    }

    fn security(&mut self, cx: &Reading<'_>) -> Result<SecurityElements, Fault> {
        let plan = &cx.plan.security;
        Ok(SecurityElements {
            namespaces: self.distinct_texts(cx, &plan.namespaces)?,
            education_organizations: self.education_organizations(cx)?,
            students: self.distinct_texts(cx, &plan.students)?,
            contacts: self.distinct_texts(cx, &plan.contacts)?,
            staff: self.distinct_texts(cx, &plan.staff)?,
        })
    }

    fn distinct_texts(&mut self, cx: &Reading<'_>, slots: &[Slot]) -> Result<Vec<Value>, Fault> {
        let count = slots.iter().map(|slot| cx.answer.count(*slot)).sum();
        let mut distinct: Vec<Value> = Vec::with_capacity(count);
        for &slot in slots {
            for found in cx.answer.values(slot) {
                let value = self.value(cx, slot, found)?;
                distinct.push(value);
                let (this, before) = (text(&self.scratch.arena, value), &distinct[..distinct.len() - 1]);
                if count <= COMPARED_MAX && before.iter().any(|other| text(&self.scratch.arena, *other) == this) {
                    distinct.pop();
                    self.scratch.arena.truncate(value.start as usize);
                }
            }
        }
        if count > COMPARED_MAX {
            let mut seen = HashSet::new();
            distinct.retain(|value| seen.insert(text(&self.scratch.arena, *value)));
        }
        Ok(distinct)
    }

    fn education_organizations(&mut self, cx: &Reading<'_>) -> Result<Vec<EducationOrganization>, Fault> {
        let slots = &cx.plan.security.education_organizations;
        let count = slots.iter().map(|(slot, _)| cx.answer.count(*slot)).sum();
        let mut distinct: Vec<EducationOrganization> = Vec::with_capacity(count);
        for &(slot, property) in slots {
            for found in cx.answer.values(slot) {
                self.scratch.text.clear();
                cx.push(slot, found, &mut self.scratch.text)?;
                let organization = EducationOrganization { property, id: cx.int64(slot, &self.scratch.text)? };
                if count > COMPARED_MAX || !distinct.contains(&organization) {
                    distinct.push(organization);
                }
            }
        }
        if count > COMPARED_MAX {
            let mut seen = HashSet::new();
            distinct.retain(|organization| seen.insert((organization.property, organization.id)));
        }
        Ok(distinct)
    }

    fn hierarchy(&mut self, cx: &Reading<'_>) -> Result<Option<Hierarchy>, Fault> {
        let IdentityPlan::Parts(identity) = &cx.plan.identity else { return Ok(None) };
        if !cx.plan.resource.in_hierarchy {
            return Ok(None);
        }
        let id = cx.int64(identity[0], text(&self.scratch.arena, self.scratch.values[0]))?;
        let first = |slot: &Slot| cx.answer.values(*slot).next().map(|found| (*slot, found));
        let Some((slot, found)) = cx.plan.parents.iter().find_map(first) else {
            return Ok(Some(Hierarchy { id, parent_id: 0 }));
        };
        self.scratch.text.clear();
        cx.push(slot, found, &mut self.scratch.text)?;
        Ok(Some(Hierarchy { id, parent_id: cx.int64(slot, &self.scratch.text)? }))
    }

    /// The `_etag`, if it is one string that can be read. Anything else equals no tag and is no error.
    fn etag(&mut self, cx: &Reading<'_>) -> Option<Value> {
        let slot = cx.plan.etag?;
        let mut values = cx.answer.values(slot);
        let (found, None) = (values.next()?, values.next()) else { return None };
        let start = self.scratch.arena.len();
        match cx.push(slot, found, &mut self.scratch.arena) {
            Ok(kind @ TokenKind::String) => Some(self.since(start, kind)),
            _ => {
                self.scratch.arena.truncate(start);
                None
            }
        }
    }

    /// Appends a value's text to the arena.
    fn value(&mut self, cx: &Reading<'_>, slot: Slot, found: Found<'_>) -> Result<Value, Fault> {
        let start = self.scratch.arena.len();
        let kind = cx.push(slot, found, &mut self.scratch.arena)?;
        Ok(self.since(start, kind))
    }

    /// Appends `self.scratch.text` to the arena in lower case.
    fn lowered(&mut self) -> Value {
        let start = self.scratch.arena.len();
        push_lower_invariant(&self.scratch.text, &mut self.scratch.arena);
        self.since(start, TokenKind::String)
    }

    fn since(&self, start: usize, token: TokenKind) -> Value {
        Value { start: index(start), len: index(self.scratch.arena.len() - start), token }
    }
}

impl Scratch {
    fn clear(&mut self) {
        let bytes = self.arena.capacity() + self.text.capacity();
        let values = self.values.capacity() + self.parts.capacity() + self.steps.capacity();
        let references = self.references.capacity() + self.descriptors.capacity();
        if bytes > KEPT_BYTES_MAX || values + references > KEPT_VALUES_MAX {
            *self = Self::default();
        }
        self.arena.clear();
        self.values.clear();
        self.steps.clear();
        self.references.clear();
        self.descriptors.clear();
    }
}

/// An identity's elements: paths with the texts of the values beside them.
fn elements<'a>(
    arena: &'a str,
    paths: &'a [Box<str>],
    values: &'a [Value],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    paths.iter().zip(values).map(|(path, value)| (&**path, text(arena, *value)))
}

fn text(arena: &str, value: Value) -> &str {
    &arena[value.start as usize..(value.start + value.len) as usize]
}

/// A position in an extraction. `TEXT_BYTES_MAX` and a plugin's address space keep it below 32 bits.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
