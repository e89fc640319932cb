//! The release of the DMS whose tables the stores of this run have. Deploys them; knows no test.

use laneway_pgconfig::Config;
use laneway_postgres::{DeployError, Deployed, Release, deploy_as};

/// The variable that names it: `cargo xtask test` runs the store's tests once for each release.
pub const VARIABLE: &str = "LANEWAY_TEST_RELEASE";

/// The release that this run is about.
///
/// # Panics
/// When the variable names none.
#[must_use]
pub fn release() -> Release {
    let named = std::env::var(VARIABLE).unwrap_or_default();
    if named.is_empty() {
        return Release::DEPLOYED;
    }
    Release::of(&named).unwrap_or_else(|| panic!("{VARIABLE} names no release: {named}"))
}

/// Makes the database a store with the tables of [`release`].
///
/// # Errors
/// When the database refuses.
pub async fn deploy(config: &Config) -> Result<Deployed, DeployError> {
    deploy_as(config, release()).await
}
