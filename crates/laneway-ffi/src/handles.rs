//! Handles: numbers that name objects without being pointers, so that a stale one is noticed instead of followed, and so
//! is one that a process got from the process that it was forked from. Knows neither tokio nor wasmtime.
//!
//! ```text
//! 63                 32 31      24 23                  0
//! ┌────────────────────┬──────────┬─────────────────────┐
//! │ generation, from 1 │   kind   │        slot         │
//! └────────────────────┴──────────┴─────────────────────┘
//! ```

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::forks::forks;

/// The most objects of one kind at a time: what 24 bits number.
const SLOTS_MAX: usize = 1 << 24;

/// Why a handle names nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unknown {
    /// It was never given out, or is of another kind.
    Never,
    /// What it named has been destroyed.
    Destroyed,
    /// It is another process's: what it names has no threads in this one.
    Forked,
}

/// The objects of one kind. Looking one up takes no lock; adding and removing copies the table, which is small. Neither
/// does: a lock that another thread held during a fork would be held in the child for ever.
pub(crate) struct Handles<T> {
    kind: u8,
    slots: ArcSwap<Vec<Slot<T>>>,
}

struct Slot<T> {
    /// The generation of the object that is here, or was here last.
    generation: u32,
    /// Reserved or filled. A child process leaves its parent's objects here, and never drops them: they wait for threads.
    taken: bool,
    /// The process that it was reserved in.
    forks: u32,
    object: Option<Arc<T>>,
}

impl<T> Slot<T> {
    fn is_free(&self) -> bool {
        !self.taken && self.generation < u32::MAX
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self { object: self.object.clone(), ..*self }
    }
}

impl<T> Handles<T> {
    /// An empty table of objects of `kind`.
    pub(crate) fn new(kind: u8) -> Self {
        Self { kind, slots: ArcSwap::default() }
    }

    /// Gives an object a handle; `None` when there are too many.
    pub(crate) fn insert(&self, object: Arc<T>) -> Option<u64> {
        let handle = self.reserve()?;
        self.fill(handle, object);
        Some(handle)
    }

    /// A handle that names nothing yet; `None` when there are too many.
    pub(crate) fn reserve(&self) -> Option<u64> {
        self.change(|slots| {
            // A slot whose generations are used up is never used again: a handle names one object for ever.
            let index = match slots.iter().position(Slot::is_free) {
                Some(index) => index,
                None if slots.len() < SLOTS_MAX => {
                    slots.push(Slot { generation: 0, taken: false, forks: 0, object: None });
                    slots.len() - 1
                }
                None => return None,
            };
            let generation = slots[index].generation + 1;
            slots[index] = Slot { generation, taken: true, forks: forks(), object: None };
            Some(u64::from(generation) << 32 | u64::from(self.kind) << 24 | index as u64)
        })
    }

    /// Makes a reserved handle name an object.
    pub(crate) fn fill(&self, handle: u64, object: Arc<T>) {
        self.change(|slots| {
            if let Some(slot) = self.index(handle).and_then(|index| slots.get_mut(index)) {
                slot.object = Some(Arc::clone(&object));
            }
        });
    }

    /// Gives a reserved handle back that nothing was made for.
    pub(crate) fn release(&self, handle: u64) {
        self.change(|slots| {
            if let Some(slot) = self.index(handle).and_then(|index| slots.get_mut(index)) {
                slot.taken = false;
            }
        });
    }

    /// What the handle names.
    pub(crate) fn get(&self, handle: u64) -> Result<Arc<T>, Unknown> {
        self.with(handle, Arc::clone)
    }

    /// Calls `body` with what the handle names, which stays for that long. Costs no count that others would wait for.
    pub(crate) fn with<R>(&self, handle: u64, body: impl FnOnce(&Arc<T>) -> R) -> Result<R, Unknown> {
        let slots = self.slots.load();
        find(&slots, self.index(handle), handle).map(body)
    }

    /// Takes the object away from its handle.
    pub(crate) fn remove(&self, handle: u64) -> Result<Arc<T>, Unknown> {
        self.change(|slots| {
            let object = find(slots, self.index(handle), handle).map(Arc::clone)?;
            if let Some(slot) = self.index(handle).and_then(|index| slots.get_mut(index)) {
                (slot.taken, slot.object) = (false, None);
            }
            Ok(object)
        })
    }

    /// Changes a copy of the table, again where another thread was faster.
    fn change<R>(&self, mut change: impl FnMut(&mut Vec<Slot<T>>) -> R) -> R {
        let mut current = self.slots.load();
        loop {
            let mut slots = Vec::clone(&current);
            let result = change(&mut slots);
            let before = self.slots.compare_and_swap(&*current, Arc::new(slots));
            if Arc::ptr_eq(&current, &before) {
                return result;
            }
            current = before;
        }
    }

    fn index(&self, handle: u64) -> Option<usize> {
        let kind = (handle >> 24) & 0xff;
        let named = generation(handle) > 0 && kind == u64::from(self.kind);
        named.then_some((handle & 0x00ff_ffff) as usize)
    }
}

fn find<T>(slots: &[Slot<T>], index: Option<usize>, handle: u64) -> Result<&Arc<T>, Unknown> {
    let slot = index.and_then(|index| slots.get(index)).ok_or(Unknown::Never)?;
    match &slot.object {
        Some(_) if slot.generation == generation(handle) && slot.forks != forks() => Err(Unknown::Forked),
        Some(object) if slot.generation == generation(handle) => Ok(object),
        _ if generation(handle) <= slot.generation => Err(Unknown::Destroyed),
        _ => Err(Unknown::Never),
    }
}

/// The cast keeps the upper half, which is all there is after the shift.
fn generation(handle: u64) -> u32 {
    (handle >> 32) as u32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const KIND: u8 = 7;

    #[derive(Clone, Debug)]
    enum Call {
        Insert,
        Get(prop::sample::Index),
        Remove(prop::sample::Index),
        /// A number that was perhaps never given out.
        Wild(u64),
    }

    fn call() -> impl Strategy<Value = Call> {
        prop_oneof![
            3 => Just(Call::Insert),
            3 => any::<prop::sample::Index>().prop_map(Call::Get),
            2 => any::<prop::sample::Index>().prop_map(Call::Remove),
            1 => any::<u64>().prop_map(Call::Wild),
            // Near misses: low generations, the right kind, low slots.
            1 => (0u64..4, 0u64..3, 6u64..9).prop_map(|(g, s, k)| Call::Wild(g << 32 | k << 24 | s)),
        ]
    }

    proptest! {
        /// Against a plain map from every handle ever given out to what it names, if anything still.
        #[test]
        fn a_table_behaves_as_a_map_that_never_forgets_a_handle(calls in prop::collection::vec(call(), 1..200)) {
            let handles = Handles::new(KIND);
            let mut model: BTreeMap<u64, Option<usize>> = BTreeMap::new();
            for (number, call) in calls.into_iter().enumerate() {
                let known: Vec<u64> = model.keys().copied().collect();
                match call {
                    Call::Insert => {
                        let handle = handles.insert(Arc::new(number)).unwrap();
                        prop_assert!(model.insert(handle, Some(number)).is_none(), "a handle was given out twice");
                    }
                    Call::Remove(index) if !known.is_empty() => {
                        let handle = *index.get(&known);
                        let removed = handles.remove(handle).map(|object| *object).ok();
                        prop_assert_eq!(removed, model.insert(handle, None).flatten());
                    }
                    Call::Get(index) if !known.is_empty() => {
                        let handle = *index.get(&known);
                        let expected = model[&handle].ok_or(Unknown::Destroyed);
                        prop_assert_eq!(handles.get(handle).map(|object| *object), expected);
                    }
                    Call::Wild(handle) if !model.contains_key(&handle) => {
                        prop_assert_eq!(handles.get(handle).err(), Some(Unknown::Never));
                        prop_assert_eq!(handles.remove(handle).err(), Some(Unknown::Never));
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn a_slot_is_used_again_under_another_handle() {
        let handles = Handles::new(KIND);
        let first = handles.insert(Arc::new(1)).unwrap();
        handles.remove(first).unwrap();
        let second = handles.insert(Arc::new(2)).unwrap();
        assert_eq!(first & 0xffff_ffff, second & 0xffff_ffff, "the same slot");
        assert_eq!(handles.get(first).err(), Some(Unknown::Destroyed));
        assert_eq!(handles.get(second).map(|object| *object), Ok(2));
    }

    #[test]
    fn a_handle_of_another_kind_names_nothing() {
        let (one, other) = (Handles::new(KIND), Handles::new(KIND + 1));
        let handle = one.insert(Arc::new(())).unwrap();
        other.insert(Arc::new(())).unwrap();
        assert_eq!(other.get(handle).err(), Some(Unknown::Never));
    }

    #[test]
    fn a_reserved_handle_names_nothing_until_it_is_filled_and_its_slot_is_not_given_away() {
        let handles = Handles::new(KIND);
        let reserved = handles.reserve().unwrap();
        let other = handles.insert(Arc::new(2)).unwrap();
        assert!(handles.get(reserved).is_err() && handles.remove(reserved).is_err());
        handles.fill(reserved, Arc::new(1));
        assert_eq!((handles.get(reserved).map(|o| *o), handles.get(other).map(|o| *o)), (Ok(1), Ok(2)));
        let released = handles.reserve().unwrap();
        handles.release(released);
        let again = handles.insert(Arc::new(3)).unwrap();
        assert_eq!(again & 0x00ff_ffff, released & 0x00ff_ffff);
        assert_ne!(again, released);
    }

    #[test]
    fn a_slot_whose_generations_are_used_up_rests() {
        let handles = Handles::new(KIND);
        handles.slots.store(Arc::new(vec![Slot { generation: u32::MAX, taken: false, forks: 0, object: None }]));
        let handle = handles.insert(Arc::new(())).unwrap();
        assert_eq!(handle & 0x00ff_ffff, 1);
    }
}
