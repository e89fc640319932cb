//! A document under a plugin's spans: texts out of it, and the faults that are found on the way, with words.

use std::cell::Cell;

use laneway_model::{TokenKind, parse_int64};

use crate::read::fault::Fault;
use crate::read::output::{Found, PluginOutput};
use crate::read::resource_plan::{ResourcePlan, Slot};
use crate::read::text::excerpt;
use crate::read::token::{TokenError, push_text, token};

/// One document, read by a plugin's output.
pub(crate) struct Reading<'a> {
    pub(crate) plan: &'a ResourcePlan,
    pub(crate) answer: &'a PluginOutput<'a>,
    document: &'a str,
    /// Interior, so that texts can be read while others are held.
    text_bytes_left: Cell<usize>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(
        plan: &'a ResourcePlan,
        document: &'a str,
        answer: &'a PluginOutput<'a>,
        text_bytes_max: usize,
    ) -> Self {
        Self { plan, answer, document, text_bytes_left: Cell::new(text_bytes_max) }
    }

    /// The slot's value, which must be one.
    pub(crate) fn only(&self, slot: Slot) -> Result<Found<'a>, Fault> {
        let mut values = self.answer.values(slot);
        match (values.next(), values.next()) {
            (Some(found), None) => Ok(found),
            _ => Err(self.missing(slot)),
        }
    }

    pub(crate) fn push_descriptor_part(&self, slot: Slot, out: &mut String) -> Result<(), Fault> {
        let kind = self.only(slot).and_then(|found| self.push(slot, found, out));
        match kind {
            Ok(TokenKind::String) => Ok(()),
            Ok(_) => Err(self.missing(slot)),
            Err(Fault::Document { code, .. }) if code == "not-a-scalar" => Err(self.missing(slot)),
            Err(fault) => Err(fault),
        }
    }

    pub(crate) fn push(&self, slot: Slot, found: Found<'_>, out: &mut String) -> Result<TokenKind, Fault> {
        match found {
            Found::Span { span, .. } => self.push_token(slot, (span.offset, span.length), out),
            Found::Text(text) => {
                self.charge(text.len())?;
                out.push_str(text);
                Ok(TokenKind::String)
            }
        }
    }

    pub(crate) fn push_token(
        &self,
        slot: Slot,
        (offset, length): (u32, u32),
        out: &mut String,
    ) -> Result<TokenKind, Fault> {
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
            None => Err(Fault::Plugin("pointed at more text than the document can hold".to_owned())),
        }
    }

    pub(crate) fn int64(&self, slot: Slot, text: &str) -> Result<i64, Fault> {
        parse_int64(text).ok_or_else(|| {
            let text = excerpt(text);
            let message = format!("{} is `{text}`; an integer of 64 bits is needed.", self.location(slot));
            Fault::document("not-an-int64", message)
        })
    }

    /// Refuses an identity's text that stands for another value: the document with that value would be another one.
    pub(crate) fn refuse_uncoerced(&self, slot: Slot, text: &str) -> Result<(), Fault> {
        let Some(coerced) = self.plan.coerced_identity[slot as usize].coerced(text) else { return Ok(()) };
        let message = format!(
            "{} is the text `{}`, which stands for {}; send it in that form, or have it coerced.",
            self.location(slot),
            excerpt(text),
            excerpt(&coerced)
        );
        Err(Fault::document("not-coerced", message))
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
    pub(crate) fn unequal(&self, one: Slot, other: Slot) -> Fault {
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
    pub(crate) fn fault(&self, slot: Slot, (offset, length): (u32, u32), error: TokenError) -> Fault {
        let location = self.location(slot);
        match error {
            TokenError::Astray => Fault::Plugin(format!(
                "pointed at bytes {offset} to {} of a document of {} bytes for {location}, where no JSON value stands",
                u64::from(offset) + u64::from(length),
                self.document.len(),
            )),
            TokenError::NotAScalar => Fault::document(
                "not-a-scalar",
                format!("{location} is null, an object or an array (byte {offset}); a single value is needed."),
            ),
            TokenError::Malformed => {
                Fault::document("invalid-json", format!("{location} is not JSON (byte {offset})."))
            }
            TokenError::LoneSurrogate => Fault::document(
                "lone-surrogate",
                format!("{location} holds half of a surrogate pair (byte {offset}), which is no character."),
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
