//! What was found: spans and the steps that belong to them, in the canonical ABI's layout.

use crate::{
    Global,
    format::{Slot, State},
    memory::{CAPACITY_MIN, List},
    position::Position,
};

/// `span` of the contract.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Span {
    slot: u32,
    offset: u32,
    length: u32,
}

/// `step` of the contract: a variant's case, then its payload.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Step {
    case: u32,
    first: u32,
    second: u32,
}

const INDEX: u32 = 0;
const MEMBER: u32 = 1;

/// How deep a document may be.
pub(crate) const DEPTH_MAX: usize = 64;

static SPANS: Global<List<Span>> = Global::new(List::new());
static STEPS: Global<List<Step>> = Global::new(List::new());
/// The step at which the scan is in each open bracket.
static PLACES: Global<[Step; DEPTH_MAX]> = Global::new([Step { case: 0, first: 0, second: 0 }; DEPTH_MAX]);
static DOCUMENT: Global<Position> = Global::new(core::ptr::null());

/// Begins anew, for the document at `document`.
pub(crate) fn begin(document: Position) {
    /// Enough for all but a few of a hundred documents.
    const SPANS_USUAL: usize = 2 * CAPACITY_MIN;
    const STEPS_USUAL: usize = CAPACITY_MIN;
    // SAFETY: nothing else holds the variables.
    unsafe {
        *DOCUMENT.get() = document;
        *SPANS.get() = List::with_capacity(SPANS_USUAL);
        *STEPS.get() = List::with_capacity(STEPS_USUAL);
    }
}

/// The position as an offset in the document.
#[inline(always)]
pub(crate) fn offset(at: Position) -> u32 {
    // SAFETY: nothing else holds the variable.
    at as u32 - unsafe { *DOCUMENT.get() } as u32
}

/// The scan is at an array's item.
#[inline(always)]
pub(crate) fn at_item(depth: usize, index: u32) {
    // SAFETY: the scan has checked the depth; nothing else holds the variable.
    unsafe {
        let step = PLACES.get().cast::<Step>().add(depth);
        (*step).case = INDEX;
        (*step).first = index;
    }
}

/// The scan is at an object's member, whose name may be a step.
#[inline(always)]
pub(crate) fn at_member(depth: usize, name: Position, name_len: usize) {
    // SAFETY: the scan has checked the depth; nothing else holds the variable.
    unsafe {
        *PLACES.get().cast::<Step>().add(depth) = Step { case: MEMBER, first: offset(name), second: name_len as u32 };
    }
}

/// Reports the value of `length` bytes at `start` for all slots of its state.
#[inline(always)]
pub(crate) unsafe fn report(state: *const State, start: Position, length: usize) {
    // SAFETY: the compiler writes valid tables; nothing else holds the lists.
    unsafe {
        let mut left = (*state).slot_count;
        if left == 0 {
            return;
        }
        let mut slot = (*state).slots as *const Slot;
        loop {
            let Slot { slot: number, steps } = *slot;
            (*SPANS.get()).push(Span { slot: number, offset: offset(start), length: length as u32 });
            if steps != 0 {
                report_steps(steps);
            }
            left -= 1;
            if left == 0 {
                return;
            }
            slot = slot.add(1);
        }
    }
}

/// Reports an object or array, by its opening bracket, where a scalar is wanted.
#[inline(always)]
pub(crate) unsafe fn report_bracket(state: *const State, bracket: Position) {
    #[cold]
    #[inline(never)]
    unsafe fn report_apart(state: *const State, bracket: Position) {
        // SAFETY: as for `report`.
        unsafe { report(state, bracket, 1) }
    }
    // SAFETY: the compiler writes valid tables.
    unsafe {
        if (*state).slot_count != 0 {
            report_apart(state, bracket);
        }
    }
}

#[inline(always)]
unsafe fn report_steps(mut steps: u32) {
    // SAFETY: a state is reached through as many brackets as its path has segments.
    unsafe {
        while steps != 0 {
            let depth = steps.trailing_zeros() as usize;
            (*STEPS.get()).push(*PLACES.get().cast::<Step>().add(depth));
            steps &= steps - 1;
        }
    }
}

/// The spans' address and number, then the steps'.
pub(crate) fn lists() -> [u32; 4] {
    // SAFETY: nothing else holds the lists.
    unsafe {
        let (spans, steps) = (&*SPANS.get(), &*STEPS.get());
        [spans.address(), spans.len() as u32, steps.address(), steps.len() as u32]
    }
}
