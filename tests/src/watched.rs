//! A store that is watched: what it refuses is noted, and its first flush can be held between its two phases.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use laneway_core::Wait;
use laneway_core::changes::Changes;
use laneway_core::store::{ResolveRequest, Session, Snapshot, Store, StoreError};
use laneway_model::{LimitError, Limits};
use tokio::sync::oneshot;

/// The SQLSTATEs of refusals, in their order.
pub type Refusals = Arc<Mutex<Vec<String>>>;

/// The two ends at which a flush is held once: it tells that resolve is over, and waits until it may apply.
type Hold = (oneshot::Sender<()>, oneshot::Receiver<()>);

/// See the module.
pub struct Watched<S> {
    store: S,
    refusals: Refusals,
    hold: Mutex<Option<Hold>>,
}

impl<S> Watched<S> {
    /// Watches `store`.
    pub fn new(store: S, refusals: Refusals) -> Self {
        Self { store, refusals, hold: Mutex::new(None) }
    }

    /// Holds the first flush behind resolve: the receiver hears when it is there, the sender lets it go on.
    #[must_use]
    pub fn held(self) -> (Self, oneshot::Receiver<()>, oneshot::Sender<()>) {
        let ((there, is_there), (go, may_go)) = (oneshot::channel(), oneshot::channel());
        let hold = Mutex::new(Some((there, may_go)));
        (Self { hold, ..self }, is_there, go)
    }
}

impl<S: Store> Store for Watched<S> {
    type Session = WatchedSession<S::Session>;

    async fn session(&self) -> Result<Self::Session, StoreError> {
        let hold = self.hold.lock().ok().and_then(|mut hold| hold.take());
        Ok(WatchedSession { session: self.store.session().await?, refusals: Arc::clone(&self.refusals), hold })
    }

    fn set_limits(&self, limits: &Limits) -> Result<(), LimitError> {
        self.store.set_limits(limits)
    }

    fn wait(&self) -> Option<Wait> {
        self.store.wait()
    }
}

/// A session of a watched store.
pub struct WatchedSession<S> {
    session: S,
    refusals: Refusals,
    hold: Option<Hold>,
}

impl<S> WatchedSession<S> {
    fn note<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        let code = result.as_ref().err().and_then(StoreError::sqlstate);
        if let (Some(code), Ok(mut refusals)) = (code, self.refusals.lock()) {
            refusals.push(code.to_string());
        }
        result
    }
}

impl<S: Session> Session for WatchedSession<S> {
    async fn resolve(&mut self, request: &ResolveRequest<'_>) -> Result<Snapshot, StoreError> {
        let snapshot = self.session.resolve(request).await;
        if let Some((there, may_go)) = self.hold.take() {
            let _ = there.send(());
            let _ = may_go.await;
        }
        self.note(snapshot)
    }

    async fn held(&mut self, units: &[ResolveRequest<'_>]) -> Result<Vec<bool>, StoreError> {
        self.session.held(units).await
    }

    async fn apply(&mut self, changes: &Changes<'_>, patience: Duration) -> Result<(), StoreError> {
        let applied = self.session.apply(changes, patience).await;
        self.note(applied)
    }

    async fn probe(&mut self, changes: &Changes<'_>) -> Result<(), StoreError> {
        self.session.probe(changes).await
    }

    async fn rollback(&mut self) -> Result<(), StoreError> {
        self.session.rollback().await
    }

    fn round_trips(&self) -> u64 {
        self.session.round_trips()
    }

    fn commit_time(&self) -> Duration {
        self.session.commit_time()
    }
}
