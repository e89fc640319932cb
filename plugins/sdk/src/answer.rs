//! A plugin's answer for one document: the contract's `extraction` in the making.

use alloc::{string::String, vec::Vec};

use crate::{Value, search::Wanted, value::Step};

/// Values by slot.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Slot, offset, length.
    pub(crate) spans: Vec<[u32; 3]>,
    /// The steps of the spans of descriptor slots, one after another.
    pub(crate) steps: Vec<Step>,
    pub(crate) texts: Vec<(u32, String)>,
}

impl Answer {
    /// A value of `slot` that no document holds as it is. Computed values come behind a slot's spans, in the
    /// order in which they are given.
    pub fn compute(&mut self, slot: u32, text: impl Into<String>) {
        self.texts.push((slot, text.into()));
    }

    /// A value of `slot` that stands in the document. (A slot of descriptors whose location has a `[*]` takes
    /// values by path only: the host wants to know where each stands.)
    pub fn point(&mut self, slot: u32, value: &Value<'_>) {
        self.spans.push([slot, value.offset, value.token.len() as u32]);
    }

    /// A value that was found by the path of its slot.
    pub(crate) fn found(&mut self, wanted: &Wanted, value: &Value<'_>) {
        self.point(wanted.number, value);
        if wanted.with_steps {
            self.steps.extend_from_slice(&value.steps);
        }
    }
}
