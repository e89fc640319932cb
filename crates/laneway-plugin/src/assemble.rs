//! From a plugin's answer to an extraction: texts, identities, ReferentialIds. The host decides alone, and in
//! the DMS's order, what makes a document invalid: identity, references, descriptors, security, hierarchy.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use laneway_model::{
    DescriptorReference, DocumentReference, EducationOrganization, Extraction, Hierarchy, ReferentialId,
    SecurityElements, Step, TokenKind, Value, parse_int64, push_lower_invariant,
};

use crate::answer::{Answer, Found};
use crate::fault::Fault;
use crate::plan::{DescriptorPlan, IdentityPlan, ReferencePlan, ResourcePlan, Slot};
use crate::token::{TokenError, push_text, token};
use crate::v1::exports::laneway::resource::extractor as wit;

/// Up to this many security elements of a kind are compared one by one; beyond, by hash, so that a document
/// full of them costs no more than in proportion.
const COMPARED_MAX: usize = 16;

/// Buffers larger than this are not kept for the next document.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// Buffers that are kept from document to document. An extraction gets copies of just the right size.
#[derive(Default)]
pub(crate) struct Assembler {
    /// The most bytes of text that are looked at for one document: spans may overlap, so what they add up
    /// to is not bounded by the document.
    text_bytes_max: usize,
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

/// The superclass's id, beside the document's own.
type Ids = (ReferentialId, Option<ReferentialId>);

impl Assembler {
    pub(crate) fn new(text_bytes_max: usize) -> Self {
        Self { text_bytes_max, ..Self::default() }
    }

    /// Builds the extraction of `document` from what the plugin answered.
    pub(crate) fn assemble(
        &mut self,
        plan: &ResourcePlan,
        document: &str,
        answer: &Answer<'_>,
    ) -> Result<Extraction, Fault> {
        self.clear();
        let cx = Context { plan, document, answer, text_bytes_left: Cell::new(self.text_bytes_max) };
        let (referential_id, superclass_referential_id) = self.identity(&cx)?;
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
            arena: self.arena.as_str().to_owned(),
            values: self.values.as_slice().to_vec(),
            steps: self.steps.as_slice().to_vec(),
            references: self.references.as_slice().to_vec(),
            descriptors: self.descriptors.as_slice().to_vec(),
            security,
            hierarchy,
            etag,
        })
    }

    fn clear(&mut self) {
        if self.arena.capacity() + self.text.capacity() > KEPT_BYTES_MAX {
            *self = Self::new(self.text_bytes_max);
        }
        self.arena.clear();
        self.values.clear();
        self.steps.clear();
        self.references.clear();
        self.descriptors.clear();
    }

    fn identity(&mut self, cx: &Context<'_>) -> Result<Ids, Fault> {
        match &cx.plan.identity {
            IdentityPlan::Parts(slots) => {
                for &slot in slots {
                    let found = cx.only(slot)?;
                    let value = self.value(cx, slot, found)?;
                    self.values.push(value);
                }
            }
            IdentityPlan::Descriptor { namespace, code_value } => {
                self.text.clear();
                cx.push_descriptor_part(*namespace, &mut self.text)?;
                self.text.push('#');
                cx.push_descriptor_part(*code_value, &mut self.text)?;
                let value = self.lowered();
                self.values.push(value);
            }
        }
        let resource = &*cx.plan.resource;
        let own = self.id(&cx.plan.own_id, &resource.identity_paths, &self.values);
        let superclass = cx.plan.superclass_id.as_ref().zip(resource.superclass.as_ref());
        let superclass = superclass.map(|(id, superclass)| self.id(id, &superclass.identity_paths, &self.values));
        Ok((own, superclass))
    }

    fn id(&self, begun: &laneway_model::ReferentialIdBuilder, paths: &[Box<str>], values: &[Value]) -> ReferentialId {
        let mut id = begun.clone();
        for (path, value) in paths.iter().zip(values) {
            id.element(path, text(&self.arena, *value));
        }
        id.finish()
    }

    fn reference_list(&mut self, cx: &Context<'_>, list: u16, plan: &ReferencePlan) -> Result<(), Fault> {
        self.parts.clear();
        for &slot in &plan.slots {
            for found in cx.answer.values(slot) {
                let value = self.value(cx, slot, found)?;
                self.parts.push(value);
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
            let mut id = plan.id.clone();
            let start = index(self.values.len());
            for (part, values) in parts.iter().zip(self.parts.chunks_exact(references)) {
                id.element(&part.path, text(&self.arena, values[number]));
                self.values.push(values[number]);
            }
            let values = start..index(self.values.len());
            self.references.push(DocumentReference { id: id.finish(), list, values });
        }
        Ok(())
    }

    fn descriptor_list(&mut self, cx: &Context<'_>, list: u16, plan: &DescriptorPlan) -> Result<(), Fault> {
        for found in cx.answer.values(plan.slot) {
            self.text.clear();
            cx.push(plan.slot, found, &mut self.text)?;
            let uri = self.lowered();
            let mut id = plan.id.clone();
            id.element("$.descriptor", text(&self.arena, uri));
            let steps = self.steps(cx, plan.slot, found)?;
            self.descriptors.push(DescriptorReference { id: id.finish(), list, uri, steps });
        }
        Ok(())
    }

    fn steps(&mut self, cx: &Context<'_>, slot: Slot, found: Found<'_>) -> Result<std::ops::Range<u32>, Fault> {
        let start = index(self.steps.len());
        if let Found::Span { steps, .. } = found {
            for step in cx.answer.steps(steps, cx.plan.steps[slot as usize]) {
                let step = match *step {
                    wit::Step::Index(index) => Step::Index(index),
                    wit::Step::Member((offset, length)) => {
                        let start = self.arena.len();
                        let kind = cx.push_token(slot, (offset, length), &mut self.arena)?;
                        if kind != TokenKind::String {
                            return Err(cx.fault(slot, (offset, length), TokenError::Astray));
                        }
                        Step::Member(self.since(start, kind))
                    }
                };
                self.steps.push(step);
            }
        }
        Ok(start..index(self.steps.len()))
    }

    fn security(&mut self, cx: &Context<'_>) -> Result<SecurityElements, Fault> {
        let plan = &cx.plan.security;
        Ok(SecurityElements {
            namespaces: self.distinct_texts(cx, &plan.namespaces)?,
            education_organizations: self.education_organizations(cx)?,
            students: self.distinct_texts(cx, &plan.students)?,
            contacts: self.distinct_texts(cx, &plan.contacts)?,
            staff: self.distinct_texts(cx, &plan.staff)?,
        })
    }

    fn distinct_texts(&mut self, cx: &Context<'_>, slots: &[Slot]) -> Result<Vec<Value>, Fault> {
        let count = slots.iter().map(|slot| cx.answer.count(*slot)).sum();
        let mut distinct: Vec<Value> = Vec::with_capacity(count);
        for &slot in slots {
            for found in cx.answer.values(slot) {
                let value = self.value(cx, slot, found)?;
                distinct.push(value);
                let (this, before) = (text(&self.arena, value), &distinct[..distinct.len() - 1]);
                if count <= COMPARED_MAX && before.iter().any(|other| text(&self.arena, *other) == this) {
                    distinct.pop();
                    self.arena.truncate(value.start as usize);
                }
            }
        }
        if count > COMPARED_MAX {
            let mut seen = HashSet::new();
            distinct.retain(|value| seen.insert(text(&self.arena, *value)));
        }
        Ok(distinct)
    }

    fn education_organizations(&mut self, cx: &Context<'_>) -> Result<Vec<EducationOrganization>, Fault> {
        let slots = &cx.plan.security.education_organizations;
        let count = slots.iter().map(|(slot, _)| cx.answer.count(*slot)).sum();
        let mut distinct: Vec<EducationOrganization> = Vec::with_capacity(count);
        for &(slot, property) in slots {
            for found in cx.answer.values(slot) {
                self.text.clear();
                cx.push(slot, found, &mut self.text)?;
                let organization = EducationOrganization { property, id: cx.int64(slot, &self.text)? };
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

    fn hierarchy(&mut self, cx: &Context<'_>) -> Result<Option<Hierarchy>, Fault> {
        let IdentityPlan::Parts(identity) = &cx.plan.identity else { return Ok(None) };
        if !cx.plan.resource.in_hierarchy {
            return Ok(None);
        }
        let id = cx.int64(identity[0], text(&self.arena, self.values[0]))?;
        let first = |slot: &Slot| cx.answer.values(*slot).next().map(|found| (*slot, found));
        let Some((slot, found)) = cx.plan.parents.iter().find_map(first) else {
            return Ok(Some(Hierarchy { id, parent_id: 0 }));
        };
        self.text.clear();
        cx.push(slot, found, &mut self.text)?;
        Ok(Some(Hierarchy { id, parent_id: cx.int64(slot, &self.text)? }))
    }

    /// The `_etag`, if it is one string whose text can be told. Anything else equals no tag and is no error.
    fn etag(&mut self, cx: &Context<'_>) -> Option<Value> {
        let slot = cx.plan.etag?;
        let mut values = cx.answer.values(slot);
        let (found, None) = (values.next()?, values.next()) else { return None };
        let start = self.arena.len();
        match cx.push(slot, found, &mut self.arena) {
            Ok(kind @ TokenKind::String) => Some(self.since(start, kind)),
            _ => {
                self.arena.truncate(start);
                None
            }
        }
    }

    /// Appends a value's text to the arena.
    fn value(&mut self, cx: &Context<'_>, slot: Slot, found: Found<'_>) -> Result<Value, Fault> {
        let start = self.arena.len();
        let kind = cx.push(slot, found, &mut self.arena)?;
        Ok(self.since(start, kind))
    }

    /// Appends `self.text` to the arena in lower case.
    fn lowered(&mut self) -> Value {
        let start = self.arena.len();
        push_lower_invariant(&self.text, &mut self.arena);
        self.since(start, TokenKind::String)
    }

    fn since(&self, start: usize, token: TokenKind) -> Value {
        Value { start: index(start), len: index(self.arena.len() - start), token }
    }
}

/// What all steps of one document's assembly look at.
struct Context<'a> {
    plan: &'a ResourcePlan,
    document: &'a str,
    answer: &'a Answer<'a>,
    text_bytes_left: Cell<usize>,
}

impl<'a> Context<'a> {
    /// The slot's value, which must be one.
    fn only(&self, slot: Slot) -> Result<Found<'a>, Fault> {
        let mut values = self.answer.values(slot);
        match (values.next(), values.next()) {
            (Some(found), None) => Ok(found),
            _ => Err(self.missing(slot)),
        }
    }

    fn push_descriptor_part(&self, slot: Slot, out: &mut String) -> Result<(), Fault> {
        let kind = self.only(slot).and_then(|found| self.push(slot, found, out));
        match kind {
            Ok(TokenKind::String) => Ok(()),
            Ok(_) => Err(self.missing(slot)),
            Err(Fault::Document { code, .. }) if code == "not-a-scalar" => Err(self.missing(slot)),
            Err(fault) => Err(fault),
        }
    }

    fn push(&self, slot: Slot, found: Found<'_>, out: &mut String) -> Result<TokenKind, Fault> {
        match found {
            Found::Span { span, .. } => self.push_token(slot, (span.offset, span.length), out),
            Found::Text(text) => {
                self.charge(text.len())?;
                out.push_str(text);
                Ok(TokenKind::String)
            }
        }
    }

    fn push_token(&self, slot: Slot, (offset, length): (u32, u32), out: &mut String) -> Result<TokenKind, Fault> {
        let fault = |error| self.fault(slot, (offset, length), error);
        let token = token(self.document, offset, length).map_err(fault)?;
        self.charge(token.len())?;
        push_text(token, out).map_err(fault)
    }

    /// Counts text that is looked at.
    fn charge(&self, bytes: usize) -> Result<(), Fault> {
        match self.text_bytes_left.get().checked_sub(bytes) {
            Some(left) => {
                self.text_bytes_left.set(left);
                Ok(())
            }
            None => Err(Fault::plugin("pointed at more text than the document can hold".to_owned())),
        }
    }

    fn int64(&self, slot: Slot, text: &str) -> Result<i64, Fault> {
        parse_int64(text).ok_or_else(|| {
            let text = crate::text::excerpt(text);
            let message = format!("{} is `{text}`; an integer of 64 bits is needed.", self.location(slot));
            Fault::document("not-an-int64", message)
        })
    }

    #[cold]
    fn missing(&self, slot: Slot) -> Fault {
        let what = match self.answer.count(slot) {
            0 => "is missing".to_owned(),
            1 => "is no string".to_owned(),
            count => format!("has {count} values"),
        };
        Fault::document(
            "identity-missing",
            format!("{} {what}; the identity needs exactly one value there.", self.location(slot)),
        )
    }

    #[cold]
    fn unequal(&self, one: Slot, other: Slot) -> Fault {
        Fault::document(
            "unequal-slices",
            format!(
                "{} has {} values and {} has {}; the parts of a reference must come together.",
                self.location(one),
                self.answer.count(one),
                self.location(other),
                self.answer.count(other),
            ),
        )
    }

    #[cold]
    fn fault(&self, slot: Slot, (offset, length): (u32, u32), error: TokenError) -> Fault {
        let place = self.location(slot);
        match error {
            TokenError::Astray => Fault::plugin(format!(
                "pointed at bytes {offset} to {} of a document of {} bytes for {place}, where no JSON value stands",
                u64::from(offset) + u64::from(length),
                self.document.len(),
            )),
            TokenError::NotAScalar => Fault::document(
                "not-a-scalar",
                format!("{place} is null, an object or an array (byte {offset}); a single value is needed."),
            ),
            TokenError::Malformed => Fault::document("invalid-json", format!("{place} is not JSON (byte {offset}).")),
            TokenError::LoneSurrogate => Fault::document(
                "lone-surrogate",
                format!("{place} holds half of a surrogate pair (byte {offset}), which is no character."),
            ),
        }
    }

    fn location(&self, slot: Slot) -> &str {
        match &*self.plan.locations[slot as usize] {
            "" => "a computed value",
            location => location,
        }
    }
}

fn text(arena: &str, value: Value) -> &str {
    &arena[value.start as usize..(value.start + value.len) as usize]
}

/// A length in an extraction. What a plugin may answer (`result_bytes_max`) and the document keep it far
/// below 32 bits.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
