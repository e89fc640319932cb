//! The limit: what the database takes at most. The rows that a load leaves, written into a fresh store from arrays prepared
//! beforehand, by the fewest statements: no client work, no checks, no locks but the server's own, nothing read. It exists to be
//! measured against.

mod array;

use std::collections::BTreeMap;

use futures_util::future::{join3, try_join_all};
use laneway_pgconfig::Config;
use laneway_postgres::{inserts, see_to_key_statistics};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};

use crate::error::QueryError;
use array::Array;

/// What one transaction writes, in the order of writing: hierarchy rows before the documents whose triggers look them up.
const TABLES: [(&str, &str); 7] = [
    (include_str!("../../queries/limit/hierarchy.sql"), inserts::HIERARCHY),
    (include_str!("../../queries/limit/documents.sql"), inserts::DOCUMENTS),
    (include_str!("../../queries/limit/aliases.sql"), inserts::ALIASES),
    (include_str!("../../queries/limit/references.sql"), inserts::REFERENCES),
    (include_str!("../../queries/limit/student_securable.sql"), inserts::STUDENT_SECURABLE),
    (include_str!("../../queries/limit/staff_securable.sql"), inserts::STAFF_SECURABLE),
    (include_str!("../../queries/limit/contact_securable.sql"), inserts::CONTACT_SECURABLE),
];
/// From so many documents on plans are kept, and made anew whenever the store has doubled: as Laneway does.
const PLANNED_FIRST: usize = 500;

/// The rows of a store, cut into transactions.
#[derive(Debug)]
pub struct Limit {
    /// By transaction, then by place in [`TABLES`].
    transactions: BTreeMap<i64, BTreeMap<usize, Vec<Array>>>,
    documents_each: usize,
    documents: usize,
}

impl Limit {
    /// Reads all that the store of `config` holds, to be written `documents_each` documents a transaction.
    ///
    /// # Errors
    /// When the database cannot be reached, or is no store of today.
    pub async fn read(config: &Config, documents_each: usize) -> Result<Self, QueryError> {
        let refused = QueryError::of("reading the rows of a load", config);
        let client = config.connect().await?;
        // A statement that makes a table takes no parameters.
        let places =
            include_str!("../../queries/limit/places.sql").replace("DOCUMENTS AS", &format!("{documents_each} AS"));
        client.batch_execute(&places).await.map_err(refused)?;
        let documents: i64 = client
            .query_one("SELECT count(*) FROM place", &[])
            .await
            .and_then(|row| row.try_get(0))
            .map_err(refused)?;
        let mut transactions: BTreeMap<i64, BTreeMap<usize, Vec<Array>>> = BTreeMap::new();
        for (table, (query, _)) in TABLES.iter().enumerate() {
            for row in client.query(*query, &[]).await.map_err(refused)? {
                let transaction: i64 = row.try_get(0).map_err(refused)?;
                let arrays: Result<Vec<Array>, Error> = (1..row.len()).map(|column| row.try_get(column)).collect();
                transactions.entry(transaction).or_default().insert(table, arrays.map_err(refused)?);
            }
        }
        Ok(Self { transactions, documents_each, documents: usize::try_from(documents).unwrap_or(0) })
    }

    /// How many documents there are.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.documents
    }

    /// Writes everything into the writer's store, which has to be empty; `wrote` is called after each transaction with how many
    /// documents it held.
    ///
    /// # Errors
    /// When the database cannot be reached any more, or refuses a row: the store is not empty.
    pub async fn write(&self, writer: &LimitWriter, wrote: impl Fn(usize)) -> Result<(), QueryError> {
        let written = self.write_on(writer, wrote).await;
        written.map_err(QueryError::of("writing the rows of a load", &writer.config))
    }

    async fn write_on(
        &self,
        LimitWriter { client, statements, .. }: &LimitWriter,
        wrote: impl Fn(usize),
    ) -> Result<(), Error> {
        let (mut written, mut planned, mut is_gathering) = (0, PLANNED_FIRST, true);
        for rows in self.transactions.values() {
            transaction(client, statements, rows).await?;
            let documents = self.documents_each.min(self.documents - written);
            written += documents;
            wrote(documents);
            if written >= planned {
                if is_gathering {
                    is_gathering = see_to_key_statistics(client).await;
                }
                planned = 2 * written;
                client.batch_execute("SET plan_cache_mode = force_generic_plan; DISCARD PLANS").await?;
            }
        }
        Ok(())
    }
}

/// A connection to a fresh store with its statements prepared: what comes before the first document is in no figure.
#[derive(Debug)]
pub struct LimitWriter {
    config: Config,
    client: Client,
    statements: Vec<Statement>,
}

impl LimitWriter {
    /// Connects to the store of `config`.
    ///
    /// # Errors
    /// When the database cannot be reached, or is no store of today.
    pub async fn open(config: &Config) -> Result<Self, QueryError> {
        let client = config.connect().await?;
        let statements = prepared(&client).await.map_err(QueryError::of("preparing the rows of a load", config))?;
        Ok(Self { config: config.clone(), client, statements })
    }
}

async fn prepared(client: &Client) -> Result<Vec<Statement>, Error> {
    client.batch_execute(&inserts::PLANNING.replace("SET LOCAL", "SET")).await?;
    try_join_all(TABLES.iter().map(|(_, insert)| client.prepare(insert))).await
}

/// Everything is sent before anything is waited for: the driver sends a statement when its future is first polled, and so few
/// are polled in order.
async fn transaction(
    client: &Client,
    statements: &[Statement],
    rows: &BTreeMap<usize, Vec<Array>>,
) -> Result<(), Error> {
    let inserts = rows.iter().map(async |(table, arrays)| {
        let arrays: Vec<_> = arrays.iter().map(|array| array as &(dyn ToSql + Sync)).collect();
        client.execute(&statements[*table], &arrays).await
    });
    let (begin, commit) = (client.batch_execute("BEGIN"), client.batch_execute("COMMIT"));
    let (begun, inserted, committed) = join3(begin, try_join_all(inserts), commit).await;
    begun.and(inserted).and(committed)
}
