//! A check on its way through a store, some pages ahead.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::error::CheckError;
use super::page::Page;
use super::position::Position;
use super::store_check::{Shared, StoreCheck};

impl StoreCheck {
    /// All that is behind `position`, page by page in key order, read by `connections` connections at a time.
    #[must_use]
    pub fn pages(&self, position: Position, connections: usize) -> Pages {
        Pages { shared: Arc::clone(&self.shared), next: position, ahead: connections.max(1), begun: VecDeque::new() }
    }
}

/// A check on its way: pages are read ahead, and come in key order. Dropped, it stops.
pub struct Pages {
    shared: Arc<Shared>,
    next: Position,
    ahead: usize,
    begun: VecDeque<JoinHandle<Result<Page, CheckError>>>,
}

impl Pages {
    /// The next page; `None` at the end.
    ///
    /// # Errors
    /// When the database does not answer. What came before stays true.
    pub async fn next(&mut self) -> Result<Option<Page>, CheckError> {
        while self.begun.len() < self.ahead {
            let Some((work, position)) = self.shared.next(self.next).await? else { break };
            self.next = position;
            let shared = Arc::clone(&self.shared);
            self.begun.push_back(tokio::spawn(async move { shared.run(work, position).await }));
        }
        let Some(page) = self.begun.front_mut() else { return Ok(None) };
        let page = page.await;
        self.begun.pop_front();
        page.map_err(|error| CheckError::broken(&self.shared.config, &error))?.map(Some)
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.begun.iter().for_each(JoinHandle::abort);
    }
}
