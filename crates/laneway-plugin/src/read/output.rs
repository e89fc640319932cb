//! A plugin's output for one document, indexed: which values each slot has. Trusts nothing.

use crate::read::fault::Fault;
use crate::read::resource_plan::{ResourcePlan, Slot};
use crate::v1::exports::laneway::resource::extractor as wit;

/// Buffers with room for more values and references than this are not kept for the next document.
pub(super) const KEPT_VALUES_MAX: usize = 1 << 15;

/// Buffers that are kept from document to document.
#[derive(Default)]
pub(crate) struct OutputIndex {
    /// By slot: where its values begin in `order`; one more at the end.
    begins: Vec<u32>,
    /// Numbers of values by slot, then in the plugin's order. Spans come first, computed texts after them.
    order: Vec<u32>,
    /// By span: where its steps begin.
    steps: Vec<u32>,
}

/// One value.
#[derive(Clone, Copy)]
pub(crate) enum Found<'a> {
    /// A token of the document, and where its steps begin in the output's steps.
    Span { span: &'a wit::Span, steps: u32 },
    /// A text that the plugin computed.
    Text(&'a str),
}

/// A plugin's output together with its index.
pub(crate) struct PluginOutput<'a> {
    raw: &'a wit::Extraction,
    index: &'a OutputIndex,
}

impl OutputIndex {
    /// Sorts an output by slot, and checks that every slot is declared and that the steps are as many as
    /// the spans need.
    pub(crate) fn read<'a>(
        &'a mut self,
        plan: &ResourcePlan,
        raw: &'a wit::Extraction,
    ) -> Result<PluginOutput<'a>, Fault> {
        let slots = plan.steps.len();
        if self.order.capacity() > KEPT_VALUES_MAX {
            *self = Self::default();
        }
        self.begins.clear();
        self.begins.resize(slots + 1, 0);
        self.steps.clear();
        let mut steps = 0_u32;
        for span in &raw.spans {
            let slot = span.slot as usize;
            let Some(count) = self.begins[1..].get_mut(slot) else { return Err(undeclared(span.slot, slots)) };
            *count += 1;
            self.steps.push(steps);
            steps = steps.saturating_add(plan.steps[slot]);
        }
        if steps as usize != raw.steps.len() {
            return Err(Fault::Plugin(format!(
                "gave {} steps, but its spans need {steps} (one for each `[*]` of a descriptor's location)",
                raw.steps.len()
            )));
        }
        for text in &raw.texts {
            let slot = text.slot as usize;
            let Some(count) = self.begins[1..].get_mut(slot) else { return Err(undeclared(text.slot, slots)) };
            *count += 1;
            if plan.steps[slot] > 0 {
                return Err(Fault::Plugin(format!(
                    "computed a value for slot {slot}, whose values need steps ({})",
                    plan.locations[slot]
                )));
            }
        }
        self.sort(raw);
        Ok(PluginOutput { raw, index: self })
    }

    /// A counting sort: stable, and linear in the number of values.
    fn sort(&mut self, raw: &wit::Extraction) {
        let mut total = 0;
        for count in &mut self.begins {
            total += *count;
            *count = total;
        }
        // Now `begins[slot]` is where the slot begins; it moves while the slot is filled, to where the next
        // begins. Shifted by one it is right again.
        self.order.clear();
        self.order.resize(raw.spans.len() + raw.texts.len(), 0);
        let slots = raw.spans.iter().map(|span| span.slot).chain(raw.texts.iter().map(|text| text.slot));
        for (number, slot) in (0..).zip(slots) {
            let at = &mut self.begins[slot as usize];
            self.order[*at as usize] = number;
            *at += 1;
        }
        self.begins.rotate_right(1);
        self.begins[0] = 0;
    }
}

fn undeclared(slot: Slot, slots: usize) -> Fault {
    Fault::Plugin(format!("gave a value for slot {slot}, but its resource has {slots} slots"))
}

impl<'a> PluginOutput<'a> {
    /// How many values the slot has.
    pub(crate) fn count(&self, slot: Slot) -> usize {
        self.numbers(slot).len()
    }

    /// The values of the slot, in their order.
    pub(crate) fn values(&self, slot: Slot) -> impl Iterator<Item = Found<'a>> + use<'a> {
        let (raw, index) = (self.raw, self.index);
        self.numbers(slot).iter().map(move |number| {
            let number = *number as usize;
            match raw.spans.get(number) {
                Some(span) => Found::Span { span, steps: index.steps[number] },
                None => Found::Text(&raw.texts[number - raw.spans.len()].text),
            }
        })
    }

    /// Steps from `begin` on.
    pub(crate) fn steps(&self, begin: u32, count: u32) -> &'a [wit::Step] {
        &self.raw.steps[begin as usize..(begin + count) as usize]
    }

    fn numbers(&self, slot: Slot) -> &'a [u32] {
        let slot = slot as usize;
        &self.index.order[self.index.begins[slot] as usize..self.index.begins[slot + 1] as usize]
    }
}
