//! The service's other statements, beside a load: updates of stored documents by their ids, and deletes, each followed by an insert
//! of the same document, as a client does that replaces one. One after another, without Laneway's locks.

use std::collections::BTreeMap;

use laneway_model::{DocumentUuid, ExtractWorker, Extractor as _, Operation, Outcome, Route};
use laneway_pgconfig::Config;
use laneway_plugin::Plugins;
use laneway_postgres_tools::Deletion;
use laneway_postgres_tools::baseline::Baseline;
use laneway_tests::samples;
use tokio_postgres::Client;
use uuid::Uuid;

/// How often a write is tried that met another one, as by the service or its client.
const TRIES_MAX: u32 = 10;

/// What the writer has done.
#[derive(Default, Debug)]
pub(crate) struct Done {
    pub(crate) updated: u64,
    pub(crate) deleted: u64,
    /// Deletes refused, as other documents refer to it.
    pub(crate) referenced: u64,
    /// Of those deleted; the others were inserted by a load first.
    pub(crate) inserted_again: u64,
    /// Anything else, in words.
    pub(crate) failures: Vec<String>,
}

/// The writer.
pub(crate) struct Service {
    baseline: Baseline,
    client: Client,
    plugins: Plugins,
    worker: Box<dyn ExtractWorker>,
    routes: BTreeMap<String, Route>,
    done: Done,
}

/// A stored document, changed, that is no organization: those leave rows behind that block their ids. The server changes it: a reader
/// of JSON may write 2.0 for 2.00, which is another identity.
const PICK: &str = "
    SELECT documentuuid, resourcename, (edfidoc - 'id' || jsonb_build_object('_etag', $2::text))::text FROM dms.document
    WHERE documentpartitionkey = $1
        AND resourcename NOT IN (SELECT resourcename FROM dms.educationorganizationhierarchy)
    OFFSET floor(random() * (SELECT count(*) FROM dms.document WHERE documentpartitionkey = $1)) LIMIT 1";

impl Service {
    pub(crate) async fn open(config: &Config) -> Self {
        let plugins = samples::plugins();
        let routes = plugins.resources().into_iter().map(|resource| {
            let route = plugins.route(&resource.project_endpoint, &resource.endpoint).expect("a resource");
            (resource.name.resource_name.to_string(), route)
        });
        Self {
            baseline: Baseline::open(config, 1).await.expect("the baseline"),
            client: config.connect().await.expect("a connection"),
            routes: routes.collect(),
            worker: plugins.worker(),
            plugins,
            done: Done::default(),
        }
    }

    /// Writes until `until` is ready.
    pub(crate) async fn write(mut self, until: impl Future<Output = ()>) -> Done {
        let mut until = std::pin::pin!(until);
        for turn in 0_u64.. {
            // Between two documents only: none is left deleted.
            tokio::select! {
                biased;
                () = &mut until => break,
                () = std::future::ready(()) => {}
            }
            if let Some((id, operation)) = self.pick(turn).await {
                if turn.is_multiple_of(2) {
                    self.update(id, &operation).await
                } else {
                    self.replace(id, operation).await
                }
            }
        }
        drop(self.plugins);
        self.done
    }

    /// A random document, changed, with its id.
    async fn pick(&mut self, turn: u64) -> Option<(DocumentUuid, Operation)> {
        let partition = i16::from(fastrand::u8(..16));
        let row = self.client.query_opt(PICK, &[&partition, &turn.to_string()]).await.expect("an answer")?;
        let (id, resource, body): (Uuid, String, String) = (row.get(0), row.get(1), row.get(2));
        let document: bytes::Bytes = body.into();
        let extraction = self.worker.extract(self.routes.get(&resource)?, &document).expect("an extraction");
        let trace_id = format!("service {turn}").into();
        let operation =
            Operation { document, extraction, document_uuid: DocumentUuid::now(), trace_id, authorization: None };
        Some((DocumentUuid(id), operation))
    }

    async fn update(&mut self, id: DocumentUuid, operation: &Operation) {
        for _ in 0..TRIES_MAX {
            match self.baseline.update(id, operation).await {
                Some(Outcome::Updated { .. }) => return self.done.updated += 1,
                Some(Outcome::WriteConflict { .. }) => {}
                Some(outcome) => return self.done.failures.push(format!("update: {outcome:?}")),
                None => return self.done.failures.push("update: the document is not there".to_owned()),
            }
        }
        self.done.failures.push(format!("update: {TRIES_MAX} conflicts"));
    }

    async fn replace(&mut self, id: DocumentUuid, operation: Operation) {
        for tried in 1.. {
            match self.baseline.delete(id).await {
                Ok(Deletion::Gone) => break,
                Ok(Deletion::Referenced) => return self.done.referenced += 1,
                // A deadlock's victim.
                Ok(Deletion::Failed { sqlstate, .. }) if sqlstate == "40P01" && tried < TRIES_MAX => {}
                other => return self.done.failures.push(format!("delete: {other:?}")),
            }
        }
        self.done.deleted += 1;
        // A load may insert the identity between look and insert.
        for _ in 0..TRIES_MAX {
            match self.baseline.upsert(&operation).await {
                Outcome::Inserted { .. } => return self.done.inserted_again += 1,
                Outcome::Updated { .. } => return,
                Outcome::WriteConflict { .. } | Outcome::IdentityConflict { .. } => {}
                outcome => return self.done.failures.push(format!("insert again: {outcome:?}")),
            }
        }
        self.done.failures.push(format!("insert again: {TRIES_MAX} conflicts"));
    }
}
