//! Whether a pooler stands before the server that gives each transaction another of the server's connections, and then
//! whether prepared statements follow it there. Knows what such a pooler does, and none by its name.

use std::time::Duration;

use laneway_pgconfig::{Config, chain};
use tokio::time::sleep;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

/// What lets Laneway work through a pooler.
pub(crate) const REMEDY: &str = "give each client a connection of its own (PgBouncer: pool_mode=session), or let the pooler \
                                 keep prepared statements (PgBouncer 1.21 or newer: pool_mode=transaction with \
                                 max_prepared_statements=200)";

/// What lets repeatable read work through one: its locks stay with a session of the server.
pub(crate) const REMEDY_FOR_SESSIONS: &str = "give each client a connection of its own (PgBouncer: pool_mode=session), or write with the isolation read-committed";

/// What is prepared to see under which name the server knows it; `prepared_as.sql` has its text too.
const PREPARED: &str = "SELECT 'prepared through a pooler'";

/// Which of two sessions asks in turn. A pooler may hand out the connection that was used last, the one that was not used for
/// longest, or any: in this order, at least one of two sessions that share connections gets another one than before, or
/// the other's.
const ORDER: [usize; 4] = [0, 1, 1, 0];

/// How often a pooler must be seen before it is believed, and the pause in between. A proxy that has just found another server
/// changes that of a session as well, once.
const SEEN: u32 = 3;
const SEEN_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What stands between us and the server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Between {
    /// Nothing that our statements would notice.
    Nothing,
    /// A pooler that gives each transaction another of the server's sessions, and takes statements along.
    KeepsStatements,
    /// A pooler that does not keep statements.
    Pooler {
        /// Its own words in brackets, where it refused something.
        refusal: String,
    },
}

/// Finds out by a second session beside the first. `needs_session`: a pooler that keeps statements will not do, and is looked at
/// as often as one that does not.
///
/// # Errors
/// When the server refuses something else, or cannot be reached any more.
pub(crate) async fn between(config: &Config, first: &Client, needs_session: bool) -> Result<Between, Error> {
    let Ok(second) = config.connect().await else {
        // One that grants no second connection is no pooler: those take clients by the hundred.
        return Ok(Between::Nothing);
    };
    let mut between = Between::Nothing;
    for seen in 0..SEEN {
        if seen > 0 {
            sleep(SEEN_AGAIN_AFTER).await;
        }
        if !share_connections([first, &second]).await? {
            return Ok(Between::Nothing);
        }
        between = match is_renamed(first).await {
            Ok(true) if !needs_session => return Ok(Between::KeepsStatements),
            Ok(true) => Between::KeepsStatements,
            Ok(false) => Between::Pooler { refusal: String::new() },
            Err(error) if is_by_pooler(&error) => {
                return Ok(Between::Pooler { refusal: format!(" ({})", chain(&error)) });
            }
            Err(error) => return Err(error),
        };
    }
    Ok(between)
}

async fn share_connections(sessions: [&Client; 2]) -> Result<bool, Error> {
    let mut served_by = [None, None];
    for session in ORDER {
        let connection = value(sessions[session], include_str!("../queries/pooler/server_connection.sql")).await?;
        // A proxy that answers for several statements at once may keep an answer back, which says nothing.
        let Some(connection) = connection else { return Ok(false) };
        let before = served_by[session].replace(connection.clone());
        let others = &served_by[1 - session];
        if before.as_ref().is_some_and(|before| *before != connection) || others.as_ref() == Some(&connection) {
            tracing::debug!(?before, ?others, now = connection, "sessions share the server's connections");
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a prepared statement has another name on the server than the driver gave it. A pooler that keeps statements names
/// them itself, since two clients may use one name.
async fn is_renamed(client: &Client) -> Result<bool, Error> {
    client.batch_execute("BEGIN; SET LOCAL statement_timeout = '10s'").await?;
    let statement = client.prepare(PREPARED).await?;
    let name = value(client, include_str!("../queries/pooler/prepared_as.sql")).await?;
    client.batch_execute("COMMIT").await?;
    drop(statement);
    Ok(name.is_some_and(|name| !is_drivers(&name)))
}

/// Whether the driver names statements so: `s` and a number.
fn is_drivers(name: &str) -> bool {
    name.strip_prefix('s').is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether the error comes of connections that change under a session: another client's statement has the name, or ours is
/// gone, or the pooler wants no transactions at all.
fn is_by_pooler(error: &Error) -> bool {
    error.code().is_some_and(|code| is_statement_elsewhere(code) || *code == SqlState::PROTOCOL_VIOLATION)
}

/// Whether the code says that a prepared statement is on another of the server's connections than the session.
pub(crate) fn is_statement_elsewhere(code: &SqlState) -> bool {
    [SqlState::INVALID_SQL_STATEMENT_NAME, SqlState::DUPLICATE_PSTATEMENT].contains(code)
}

/// By the simple protocol, which every pooler lets through. The only value of the only row.
async fn value(client: &Client, query: &str) -> Result<Option<String>, Error> {
    let messages = client.simple_query(query).await?;
    Ok(messages.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drivers_names_differ_from_a_poolers() {
        for name in ["s0", "s123"] {
            assert!(is_drivers(name), "{name}");
        }
        for name in ["PGBOUNCER_1", "PGCAT_7", "", "s", "sql", "s12a"] {
            assert!(!is_drivers(name), "{name}");
        }
    }

    #[test]
    fn the_statement_is_looked_for_by_its_text() {
        let quoted = PREPARED.replace('\'', "''");
        assert!(include_str!("../queries/pooler/prepared_as.sql").contains(&quoted));
    }
}
