//! Statements that are sent together and awaited together: one round trip for all of them.
//!
//! The driver encodes a statement and puts it into the connection's unbounded queue when its future is polled for the
//! first time, without waiting for anything, as long as the statement is prepared or a plain batch. So one poll each
//! fixes the order on the wire, and shows before the next one is sent whether the client itself refuses a statement.

use futures_util::future::BoxFuture;
use futures_util::poll;
use std::task::Poll;
use tokio_postgres::{Client, Error, Row};

/// A statement on its way.
pub(super) enum Sent<'a, T> {
    Pending(BoxFuture<'a, Result<T, Error>>),
    /// Its first poll was its last: in practice the client could not encode it, or has no connection any more.
    Ended(Result<T, Error>),
}

impl<'a, T> Sent<'a, T> {
    /// Sends a statement behind all that were sent before.
    pub(super) async fn new(statement: impl Future<Output = Result<T, Error>> + Send + 'a) -> Self {
        let mut statement: BoxFuture<'a, _> = Box::pin(statement);
        match poll!(&mut statement) {
            Poll::Ready(result) => Self::Ended(result),
            Poll::Pending => Self::Pending(statement),
        }
    }

    /// Whether it failed already, and so may never have been sent.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self, Self::Ended(Err(_)))
    }

    /// Waits for its result.
    pub(super) async fn result(self) -> Result<T, Error> {
        match self {
            Self::Pending(statement) => statement.await,
            Self::Ended(result) => result,
        }
    }
}

/// A plain batch of statements, which may carry settings, on its way: it has no rows, so that one vector holds all results.
pub(super) async fn plain<'a>(client: &'a Client, batch: &'a str) -> Sent<'a, Vec<Row>> {
    Sent::new(async { client.batch_execute(batch).await.map(|()| Vec::new()) }).await
}

/// Goes over, behind the last lock, to the transaction that reads, where locks are the session's.
pub(super) async fn send_snapshot<'a>(
    pipeline: &mut Vec<Sent<'a, Vec<Row>>>,
    client: &'a Client,
    snapshot: Option<&'a str>,
) {
    if let Some(snapshot) = snapshot {
        // Of a transaction in which a lock was not had it is a rollback; the failed statement's error comes first.
        pipeline.push(plain(client, "COMMIT").await);
        pipeline.push(plain(client, snapshot).await);
    }
}

/// Waits for all results. One after another: the server answers in the order of sending.
pub(super) async fn results<T>(pipeline: Vec<Sent<'_, T>>) -> Vec<Result<T, Error>> {
    let mut results = Vec::with_capacity(pipeline.len());
    for sent in pipeline {
        results.push(sent.result().await);
    }
    results
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// More than the thirty futures up to which `join_all` polls in order by construction.
    #[tokio::test]
    async fn statements_are_sent_in_order_before_any_is_awaited() {
        let log = Mutex::new(Vec::new());
        let mut pipeline = Vec::new();
        for number in 0..40 {
            let log = &log;
            pipeline.push(
                Sent::new(async move {
                    log.lock().unwrap().push(number);
                    // What comes after the first poll needs the others to be sent already.
                    tokio::task::yield_now().await;
                    Ok(number)
                })
                .await,
            );
        }
        assert_eq!(*log.lock().unwrap(), (0..40).collect::<Vec<_>>());
        let results = results(pipeline).await.into_iter().map(Result::unwrap);
        assert_eq!(results.collect::<Vec<_>>(), (0..40).collect::<Vec<_>>());
    }
}
