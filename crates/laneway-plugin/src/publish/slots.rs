//! Small numbers for plugins, so that workers find their instances by index; a number is given out again
//! when its plugin is gone.

use std::sync::{Arc, Mutex, PoisonError};

/// Gives out the numbers of a registry. The lock is taken when a plugin is loaded and when the last that holds one drops
/// it, which may be a worker; never for a document.
#[derive(Clone, Default)]
pub(crate) struct PluginSlots(Arc<Mutex<Free>>);

#[derive(Default)]
struct Free {
    /// The smallest number that was never given out.
    next: usize,
    returned: Vec<usize>,
}

/// A number, as long as it lives.
pub(crate) struct PluginSlot {
    index: usize,
    slots: PluginSlots,
}

impl PluginSlots {
    /// A number that was returned, else the smallest that was never given out.
    pub(crate) fn take(&self) -> PluginSlot {
        // Nothing under this lock can panic, here and below.
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = free.returned.pop().unwrap_or_else(|| {
            free.next += 1;
            free.next - 1
        });
        PluginSlot { index, slots: self.clone() }
    }

    /// How many numbers are given out: plugins that are alive.
    pub(crate) fn taken(&self) -> usize {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.next - free.returned.len()
    }
}

impl PluginSlot {
    pub(crate) fn index(&self) -> usize {
        self.index
    }
}

impl Drop for PluginSlot {
    fn drop(&mut self) {
        // Workers may still cache an instance under the number; they notice by the plugin's serial.
        self.slots.0.lock().unwrap_or_else(PoisonError::into_inner).returned.push(self.index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_returned_number_is_given_out_again() {
        let slots = PluginSlots::default();
        let (a, b) = (slots.take(), slots.take());
        assert_eq!((a.index(), b.index()), (0, 1));
        drop(a);
        assert_eq!(slots.take().index(), 0);
        let _again = slots.take();
        assert_eq!(slots.take().index(), 2);
        assert_eq!(slots.taken(), 2);
    }
}
