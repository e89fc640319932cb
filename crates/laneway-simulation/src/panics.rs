//! Panics on this thread, wherever they are caught: tokio catches those of tasks, and a world must not go on as if there had been
//! none.

use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    static PANICS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Remembers panics from now on, beside what was done about them before.
pub(crate) fn remember() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.with_borrow_mut(|panics| panics.push(panic.to_string()));
            before(panic);
        }));
    });
}

/// Those of this thread since the last call.
pub(crate) fn take() -> Vec<String> {
    PANICS.take()
}
