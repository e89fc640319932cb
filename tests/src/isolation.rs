//! With which isolation tests write: both are run over, one a run.

use laneway_postgres::{Isolation, StoreOptions};

/// The environment variable that names an isolation; without it tests write with the default.
pub const ISOLATION: &str = "LANEWAY_TEST_ISOLATION";

/// The isolation of this run.
///
/// # Panics
/// When the variable names none.
#[must_use]
pub fn isolation() -> Isolation {
    let named = std::env::var(ISOLATION).ok().filter(|name| !name.is_empty());
    named.map_or_else(Isolation::default, |name| name.parse().unwrap_or_else(|error| panic!("{ISOLATION}: {error}")))
}

/// The options of a store in this run: the defaults but for the isolation.
#[must_use]
pub fn store_options() -> StoreOptions {
    StoreOptions { isolation: isolation(), ..StoreOptions::default() }
}
