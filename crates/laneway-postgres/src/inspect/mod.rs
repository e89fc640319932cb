//! What a database is like as a store: everything that opening one looks at, and what an operator wants to know beside. Changes
//! nothing.

mod expected;
mod facts;
mod findings;

use laneway_model::Limits;
use laneway_pgconfig::{Config, ConnectError, chain};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::Client;

pub use facts::{Server, Slot, TableSize};
pub use findings::{Finding, Severity};

use crate::isolation::Isolation;
use crate::layout::{Layout, Release, read_catalog};
use crate::options::StoreOptions;
use crate::pooler::{self, Between};
use crate::rights;
use facts::Objects;

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Inspection {
    /// The tables, in words.
    pub layout: String,
    /// The server.
    pub server: Server,
    /// How many locks on objects the server's lock table has room for.
    pub locks_max: u64,
    /// The tables, largest first.
    pub tables: Vec<TableSize>,
    /// What is worth knowing, gravest first.
    pub findings: Vec<Finding>,
}

/// A database that cannot be inspected.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InspectError(#[from] Cause);

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{database} cannot be inspected: {}", chain(source))]
    Database { database: String, source: tokio_postgres::Error },
}

/// Inspects the database that `config` names, whatever it holds.
///
/// # Errors
/// When the database cannot be reached, or does not answer.
pub async fn inspect(config: &Config) -> Result<Inspection, InspectError> {
    let refused = |source| InspectError(Cause::Database { database: config.to_string(), source });
    let client = config.connect().await.map_err(Cause::Connect)?;
    let mut findings = Vec::new();
    if let Between::Pooler { refusal } = pooler::between(config, &client, false).await.map_err(refused)? {
        let what = format!("a pooler is before the server that leaves prepared statements behind{refusal}");
        findings.push(Finding::problem("pooler", what, pooler::REMEDY));
    }
    read(&client, findings).await.map_err(refused)
}

async fn read(client: &Client, mut findings: Vec<Finding>) -> Result<Inspection, tokio_postgres::Error> {
    client.batch_execute(&StoreOptions::default().prologue()).await?;
    let layout = Layout::of(&read_catalog(client).await?);
    let server: Server = json(client, include_str!("../../queries/inspect/server.sql")).await?.unwrap_or_default();
    let tables: Vec<TableSize> =
        json(client, include_str!("../../queries/inspect/tables.sql")).await?.unwrap_or_default();
    match layout.release() {
        Err(found) => {
            let next =
                format!("Name the database of a DMS {}, or an empty one and run laneway deploy", Release::ALL_IN_WORDS);
            findings.push(Finding::problem("layout", found, next));
        }
        // What a document store has is asked of no other.
        Ok(release) => {
            let objects: Objects =
                json(client, include_str!("../../queries/inspect/objects.sql")).await?.unwrap_or_default();
            findings.extend(findings::of_objects(&objects, release));
            findings.extend(findings::of_growth(&objects, &tables));
            if let Some(shortfall) = rights::check::shortfall(client, Isolation::default()).await? {
                findings.push(Finding::problem(
                    "rights",
                    shortfall.to_string(),
                    "laneway grants prints all that are needed",
                ));
            }
            let locks = Limits::default().locks_per_flush_max as u64;
            findings.extend(findings::of_server(&server, locks));
            findings.extend(findings::of_sizes(&tables));
        }
    }
    client.batch_execute("ROLLBACK").await?;
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(Inspection { layout: layout.in_words(), locks_max: server.locks_max(), server, tables, findings })
}

/// The only value of the only row, which is JSON.
async fn json<T: DeserializeOwned>(client: &Client, query: &str) -> Result<Option<T>, tokio_postgres::Error> {
    let text: Option<String> = client.query_one(query, &[]).await?.try_get(0)?;
    Ok(text.map(|text| serde_json::from_str(&text).expect("the query builds what the type describes")))
}
