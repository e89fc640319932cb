//! The texts and values of an extraction in the making.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use laneway_model::{
    EducationOrganization, ReferentialId, ResourceName, SecurityElements, TokenKind, Value, push_lower_invariant,
};

use super::form::{Organization, Pair, Security, check_path, token};

#[derive(Default)]
pub(super) struct Texts {
    pub(super) arena: String,
    /// The values of the document's identity, then those of references.
    pub(super) values: Vec<Value>,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str, token: TokenKind) -> Value {
        let start = self.arena.len();
        self.arena.push_str(text);
        self.since(start, token)
    }

    pub(super) fn push_lowered(&mut self, text: &str) -> Value {
        let start = self.arena.len();
        push_lower_invariant(text, &mut self.arena);
        self.since(start, TokenKind::String)
    }

    /// The casts: the bound of an extraction's bytes keeps offsets far below 32 bits.
    fn since(&self, start: usize, token: TokenKind) -> Value {
        Value { start: start as u32, len: (self.arena.len() - start) as u32, token }
    }

    pub(super) fn text(&self, value: Value) -> &str {
        &self.arena[value.start as usize..(value.start + value.len) as usize]
    }

    /// Appends the values of an identity, which must have some.
    pub(super) fn identity(
        &mut self,
        what: &str,
        pairs: &[Pair<'_>],
        is_descriptor: bool,
    ) -> Result<Range<u32>, String> {
        if pairs.is_empty() {
            return Err(format!("{what}: an identity is empty"));
        }
        let start = self.values.len() as u32;
        for Pair(path, raw) in pairs {
            check_path(what, path)?;
            let (text, token) = token(raw).ok_or_else(|| format!("{what}: {path} is not a text, number or boolean"))?;
            let value = if is_descriptor { self.push_lowered(&text) } else { self.push(&text, token) };
            self.values.push(value);
        }
        Ok(start..self.values.len() as u32)
    }

    /// The ReferentialId of an identity whose values are these.
    pub(super) fn id(
        &self,
        what: &str,
        name: &ResourceName,
        pairs: &[Pair<'_>],
        values: &Range<u32>,
    ) -> Result<ReferentialId, String> {
        let values = self.values.get(values.start as usize..values.end as usize);
        let values = values.ok_or_else(|| format!("{what}: an identity has too many values"))?;
        let elements = pairs.iter().zip(values).map(|(Pair(path, _), value)| (&**path, self.text(*value)));
        Ok(ReferentialId::of(&name.project_name, &name.resource_name, elements))
    }

    /// The names of properties, and the security elements, each once.
    pub(super) fn security(&mut self, form: &Security<'_>) -> (Vec<Box<str>>, SecurityElements) {
        let mut property_names: Vec<Box<str>> = Vec::new();
        let mut seen = HashSet::new();
        let mut education_organizations = Vec::with_capacity(form.education_organization.len());
        for Organization { property_name, id } in &form.education_organization {
            let property = index_of(&mut property_names, property_name.as_ref().into());
            if seen.insert((property, *id)) {
                education_organizations.push(EducationOrganization { property, id: *id });
            }
        }
        let security = SecurityElements {
            namespaces: self.distinct(&form.namespace),
            education_organizations,
            students: self.distinct(&form.student),
            contacts: self.distinct(&form.contact),
            staff: self.distinct(&form.staff),
        };
        (property_names, security)
    }

    fn distinct(&mut self, texts: &[Cow<'_, str>]) -> Vec<Value> {
        let mut seen = HashSet::new();
        texts.iter().filter(|text| seen.insert(&***text)).map(|text| self.push(text, TokenKind::String)).collect()
    }
}

/// The index of `entry`, which is appended if it is new. The caller's bound keeps the index within 16 bits.
pub(super) fn index_of<T: PartialEq>(entries: &mut Vec<T>, entry: T) -> u16 {
    // From the end: what belongs together mostly comes together.
    let index = entries.iter().rposition(|known| *known == entry).unwrap_or_else(|| {
        entries.push(entry);
        entries.len() - 1
    });
    index as u16
}
