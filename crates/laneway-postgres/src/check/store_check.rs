//! A store under check: its connections, and how one page of it is compared. Knows no order of pages but the next one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use laneway_core::store::DocumentKey;
use laneway_model::{Extractor, Resource, Route};
use laneway_pgconfig::Config;

use super::error::CheckError;
use super::page::{Page, Reader, Work};
use super::position::Position;
use super::session::Session;
use crate::layout::{Layout, Release, read_catalog};
use crate::pooler::{self, Between};

/// Documents that are read in one snapshot.
const PAGE_DOCUMENTS: i64 = 256;
/// Organizations that are: each with all below it.
const PAGE_ORGANIZATIONS: i64 = 512;

/// A store under check. Writes nothing.
#[derive(Clone)]
pub struct StoreCheck {
    pub(super) shared: Arc<Shared>,
}

/// What all connections of a check share.
pub(super) struct Shared {
    pub(super) config: Config,
    release: Release,
    extractor: Arc<dyn Extractor>,
    /// By project and resource name, as documents have them.
    routes: BTreeMap<(String, String), Route>,
    /// Connections that no page is using.
    idle: Mutex<Vec<Reader>>,
}

impl StoreCheck {
    /// Connects to a store whose documents `extractor` extracts, those of `resources`.
    ///
    /// # Errors
    /// When the database cannot be reached, is reached through a pooler that leaves prepared statements behind, or holds no
    /// document store.
    pub async fn open(
        config: &Config,
        extractor: Arc<dyn Extractor>,
        resources: &[Arc<Resource>],
    ) -> Result<Self, CheckError> {
        let routes = resources.iter().filter_map(|resource| {
            let route = extractor.route(&resource.project_endpoint, &resource.endpoint).ok()?;
            Some(((resource.name.project_name.to_string(), resource.name.resource_name.to_string()), route))
        });
        let routes = routes.collect();
        let client = config.connect().await.map_err(CheckError::connect)?;
        let refused = CheckError::database("looking at the store", config);
        if let Between::Pooler { .. } = pooler::between(config, &client, false).await.map_err(refused)? {
            return Err(CheckError::store(config, format!("a pooler is before it; {}", pooler::REMEDY)));
        }
        let release = Layout::of(&read_catalog(&client).await.map_err(refused)?).release();
        let release = release.map_err(|found| CheckError::store(config, found))?;
        let session = Session::new(client, release).await.map_err(refused)?;
        let shared = Arc::new(Shared { config: config.clone(), release, extractor, routes, idle: Mutex::default() });
        shared.put_back(Reader { session, worker: shared.extractor.worker() });
        Ok(Self { shared })
    }

    /// How many documents there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn documents(&self) -> Result<u64, CheckError> {
        let reader = self.shared.reader().await?;
        let counted = reader.session.client.query_one("SELECT count(*) FROM dms.document", &[]).await;
        let count = counted.and_then(|row| row.try_get::<_, i64>(0)).map_err(self.shared.refused())?;
        self.shared.put_back(reader);
        Ok(count.unsigned_abs())
    }

    /// Some documents only, as one page each of a partition.
    pub(super) async fn documents_by_key(&self, keys: &[DocumentKey]) -> Result<Page, CheckError> {
        let mut all = Page::empty(Position::End);
        for keys in keys.chunk_by(|one, other| one.partition == other.partition) {
            for keys in keys.chunks(PAGE_DOCUMENTS as usize) {
                let ids = keys.iter().map(|key| key.id).collect();
                let work = Work::Documents { partition: keys[0].partition, ids };
                all.add(self.shared.run(work, Position::End).await?);
            }
        }
        Ok(all)
    }
}

impl Shared {
    pub(super) async fn reader(&self) -> Result<Reader, CheckError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(reader) = idle {
            return Ok(reader);
        }
        let client = self.config.connect().await.map_err(CheckError::connect)?;
        let session = Session::new(client, self.release).await.map_err(self.refused())?;
        Ok(Reader { session, worker: self.extractor.worker() })
    }

    pub(super) fn put_back(&self, reader: Reader) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
    }

    pub(super) fn refused(&self) -> impl Fn(tokio_postgres::Error) -> CheckError + Copy + '_ {
        CheckError::database("reading a page", &self.config)
    }

    /// Compares one page; `position` is behind it.
    pub(super) async fn run(&self, work: Work, position: Position) -> Result<Page, CheckError> {
        let mut reader = self.reader().await?;
        let page = work.run(&mut reader, &self.routes, position).await.map_err(self.refused())?;
        // After an error the connection is not used again.
        self.put_back(reader);
        Ok(page)
    }

    /// What is to be compared next, and the position behind it; `None` at the end.
    pub(super) async fn next(&self, mut position: Position) -> Result<Option<(Work, Position)>, CheckError> {
        loop {
            let reader = self.reader().await?;
            let refused = self.refused();
            let next = match position {
                Position::Documents { partition, after } => {
                    let ids = reader.session.page(partition, after, PAGE_DOCUMENTS).await.map_err(refused)?;
                    let last = ids.last().copied();
                    last.map(|after| (Work::Documents { partition, ids }, Position::Documents { partition, after }))
                }
                Position::Organizations { after } => {
                    let ids = reader.session.organization_page(after, PAGE_ORGANIZATIONS).await.map_err(refused)?;
                    let last = ids.last().copied();
                    last.map(|after| (Work::Organizations(ids), Position::Organizations { after }))
                }
                Position::Orphans => Some((Work::Orphans, Position::End)),
                Position::End => None,
            };
            self.put_back(reader);
            position = match (next, position) {
                (Some(next), _) => return Ok(Some(next)),
                (None, Position::Documents { partition, .. }) => Position::behind_partition(partition),
                (None, Position::Organizations { .. }) => Position::Orphans,
                (None, _) => return Ok(None),
            };
        }
    }
}

impl std::fmt::Debug for StoreCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoreCheck({})", self.shared.config)
    }
}
