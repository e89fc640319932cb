//! What several threads do at once to one atomic, under loom
//! (`cargo test --manifest-path crates/laneway-ffi/loom/Cargo.toml`): the C ABI's gate, and the debt of the runtime's
//! admission.

#[cfg(test)]
// The model closes and enters; what only asks is left out of it.
#[allow(dead_code)]
#[path = "../../src/gate.rs"]
mod gate;

#[cfg(test)]
#[path = "../../../laneway-core/src/runtime/debt.rs"]
mod debt;

/// Loom's, in the place of what `laneway-core`'s runtime gives `debt`.
#[cfg(test)]
mod atomic {
    pub(super) use loom::sync::atomic::{AtomicUsize, Ordering};
}

#[cfg(test)]
mod tests {
    use loom::sync::Arc;
    use loom::thread;

    use super::debt::Debt;

    /// The dispatcher gives back while a host raises the bound: what is given out is what was given back less the debt,
    /// whichever comes first.
    #[test]
    fn a_debt_is_paid_once_whoever_pays() {
        loom::model(|| {
            let debt = Arc::new(Debt::new());
            debt.add(3);
            let host = Arc::clone(&debt);
            let host = thread::spawn(move || host.pay(2));
            let given_out = debt.pay(2) + host.join().unwrap();
            assert_eq!(given_out, 1);
            assert_eq!(debt.pay(2), 2, "nothing is owed any more");
        });
    }
}
