//! Locks as another session takes them, the documents that need them, and a store on which both meet. What is to come of it,
//! its users know.

use std::sync::Arc;
use std::time::Instant;

use laneway_core::{Executor, Request, Runtime, Ticket};
use laneway_embedded::Database;
use laneway_model::{DocumentUuid, Limits, OutcomeKind};
use laneway_plugin::Plugins;
use laneway_postgres::PostgresStore;
use laneway_replay::Schemas;
use tokio_postgres::Client;

use crate::isolation::store_options;
use crate::need;
use crate::release::deploy;
use crate::wait::within;

/// Endpoint and document.
pub type Upsert = (&'static str, &'static str);

/// A lock, and what it means for documents.
pub struct Scene<'a> {
    /// The statement that takes it, in a transaction.
    pub lock: &'a str,
    /// What needs it.
    pub needs: &'static [Upsert],
    /// What does not, although it has to do with the same documents.
    pub related: &'static [Upsert],
}

/// What a stage holds from the start.
pub const BEFORE: &[Upsert] = &[
    ("schools", r#"{"schoolId":4}"#),
    ("students", r#"{"studentUniqueId":"s"}"#),
    ("learningStandards", r#"{"learningStandardId":"parent"}"#),
];

/// What refers to a stored document, and needs its alias.
pub const CHILD: Upsert = (
    "learningStandards",
    r#"{"learningStandardId":"child","parentLearningStandardReference":{"learningStandardId":"parent"}}"#,
);

/// One document's row.
pub const DOCUMENT: Scene<'_> = Scene {
    lock: "SELECT FROM dms.document WHERE resourcename = 'LearningStandard' FOR UPDATE",
    needs: &[("learningStandards", r#"{"learningStandardId":"parent","written":"again"}"#)],
    // It needs the stored document's alias alone, whatever becomes of the update before it.
    related: &[CHILD],
};
/// One document's alias.
pub const ALIAS: Scene<'_> = Scene {
    lock: "SELECT FROM dms.alias a JOIN dms.document d ON d.id = a.documentid AND d.documentpartitionkey = a.documentpartitionkey \
           WHERE d.resourcename = 'LearningStandard' FOR UPDATE OF a",
    needs: &[CHILD],
    related: &[("learningStandards", r#"{"learningStandardId":"parent","written":"again"}"#)],
};
/// One person's advisory lock.
pub const PERSON: Scene<'_> = Scene {
    lock: "SELECT pg_advisory_xact_lock(hashtextextended('laneway student s', 0))",
    needs: &[
        ("disciplineActions", r#"{"key":"d","otherStudents":["s"]}"#),
        ("disciplineActions", r#"{"key":"e","otherStudents":["s"]}"#),
    ],
    related: &[("disciplineActions", r#"{"key":"f","otherStudents":["t"]}"#)],
};
/// The lock of the hierarchy.
pub const HIERARCHY: Scene<'_> = Scene {
    lock: "SELECT pg_advisory_xact_lock(hashtextextended('laneway hierarchy', 0))",
    needs: &[("schools", r#"{"schoolId":5}"#), ("students", r#"{"studentUniqueId":"t"}"#)],
    related: &[],
};
/// A whole table's.
pub const TABLE: &str = "LOCK TABLE dms.document IN ACCESS EXCLUSIVE MODE";
/// As while an index is built: everybody may read.
pub const INDEX: &str = "LOCK TABLE dms.reference IN SHARE MODE";

/// A store with a runtime, and another session of its database.
pub struct Stage {
    /// The runtime over it.
    pub runtime: Arc<Runtime>,
    /// The other session.
    pub other: Client,
    _database: Database,
}

impl Stage {
    /// A new one; `None`, after saying so, where it cannot be had.
    ///
    /// # Panics
    /// When the server fails.
    pub async fn set_up(limits: Limits) -> Option<Self> {
        let data = need::data()?;
        let database = need::server()?.create_database("laneway_test").await.expect("a database");
        deploy(database.config()).await.expect("a store");
        let mut schemas = Schemas::new(data.join("schemas"));
        let plugins: Plugins = schemas.plugins(&["probe".to_owned()]).expect("plugins");
        let store = PostgresStore::open(database.config(), store_options()).await.expect("a store");
        let runtime = Runtime::start(Executor::new(store), Arc::new(plugins), limits).expect("threads");
        let other = database.config().connect().await.expect("a connection");
        let stage = Self { runtime: Arc::new(runtime), other, _database: database };
        for upsert in BEFORE {
            let ticket = stage.submit(*upsert).await;
            let outcome = within("an outcome", ticket).await.outcome.kind();
            assert_eq!(outcome, OutcomeKind::Inserted);
        }
        Some(stage)
    }

    /// Hands a document over.
    ///
    /// # Panics
    /// When there is no room.
    pub async fn submit(&self, (endpoint, body): (&str, &str)) -> Ticket {
        self.submit_until((endpoint, body), None).await
    }

    /// The same with a deadline.
    ///
    /// # Panics
    /// When there is no room.
    pub async fn submit_until(&self, (endpoint, body): (&str, &str), deadline: Option<Instant>) -> Ticket {
        submit(&self.runtime, (endpoint, body), deadline).await
    }

    /// Has the other session take a lock.
    ///
    /// # Panics
    /// When it does not get it.
    pub async fn lock(&self, lock: &str) {
        self.other.batch_execute(&format!("BEGIN; {lock}")).await.expect("a lock");
    }

    /// Has the other session let go of it.
    ///
    /// # Panics
    /// When the server fails.
    pub async fn release(&self) {
        self.other.batch_execute("ROLLBACK").await.expect("a rollback");
    }
}

/// Hands a document over.
///
/// # Panics
/// When there is no room.
pub async fn submit(runtime: &Runtime, upsert: (&str, &str), deadline: Option<Instant>) -> Ticket {
    runtime.submit(request(upsert, deadline)).await.expect("room")
}

/// A document of the project that all schemas here have.
#[must_use]
pub fn request<'a>((endpoint, body): (&'a str, &str), deadline: Option<Instant>) -> Request<'a> {
    Request {
        project: "ed-fi",
        endpoint,
        document: body.to_owned().into(),
        document_uuid: DocumentUuid::now(),
        trace_id: "t".into(),
        authorization: None,
        deadline,
    }
}
