//! Waits that end: a test that waits for what never comes fails with what it was waiting for.

use std::time::Duration;

/// Far longer than anything that tests wait for takes on a busy machine.
pub const WAIT_MAX: Duration = Duration::from_secs(60);

/// The future's result.
///
/// # Panics
/// When it is not there within [`WAIT_MAX`].
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(WAIT_MAX, future).await;
    result.unwrap_or_else(|_| panic!("{what}: not within {WAIT_MAX:?}"))
}

/// Checks again and again until the condition holds. A check should be a round trip to a server, so that the loop does
/// not spin.
///
/// # Panics
/// When it does not hold within [`WAIT_MAX`].
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    within(what, async { while !holds().await {} }).await;
}
