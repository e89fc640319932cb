//! Whether a server can be written to. Knows the two reasons why one cannot, and what mends them.

use tokio_postgres::{Client, Error, SimpleQueryMessage, SimpleQueryRow};

use crate::error::Refusal;

/// Nothing, if the session can write.
///
/// # Errors
/// [`Refusal::Standby`] or [`Refusal::ReadOnly`] if it cannot, and what the driver reports.
pub(super) async fn check(client: &Client) -> Result<(), Refusal> {
    let row = only_row(client, include_str!("../../queries/writable.sql")).await.map_err(Refusal::Driver)?;
    let is_set = |column| row.as_ref().and_then(|row| row.try_get(column).ok().flatten()) == Some("t");
    if is_set("is_standby") {
        return Err(Refusal::Standby);
    }
    if is_set("is_read_only") {
        return Err(Refusal::ReadOnly(remedy(client).await));
    }
    Ok(())
}

/// The statement that lets the role write.
async fn remedy(client: &Client) -> String {
    // Only the advice rests on it.
    let row = only_row(client, include_str!("../../queries/read_only_source.sql")).await.ok().flatten();
    let text = |column| row.as_ref().and_then(|row| row.try_get(column).ok().flatten()).unwrap_or("…");
    remedy_of(text("source"), text("role"), text("database"))
}

fn remedy_of(source: &str, role: &str, database: &str) -> String {
    const SETTING: &str = "default_transaction_read_only";
    match source {
        "user" => format!("ALTER ROLE {role} RESET {SETTING}"),
        "database user" => format!("ALTER ROLE {role} IN DATABASE {database} RESET {SETTING}"),
        "database" => format!("ALTER DATABASE {database} RESET {SETTING}"),
        "client" => "take it out of the connection's options (PGOPTIONS)".to_owned(),
        _ => format!("ALTER ROLE {role} SET {SETTING} = off"),
    }
}

/// By the simple protocol, which every pooler lets through.
async fn only_row(client: &Client, query: &str) -> Result<Option<SimpleQueryRow>, Error> {
    let messages = client.simple_query(query).await?;
    Ok(messages.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_undoes_what_was_set() {
        for (source, expected) in [
            ("user", "ALTER ROLE r RESET"),
            ("database", "ALTER DATABASE d RESET"),
            ("database user", "ALTER ROLE r IN DATABASE d RESET"),
            ("client", "PGOPTIONS"),
            ("configuration file", "ALTER ROLE r SET default_transaction_read_only = off"),
        ] {
            let found = remedy_of(source, "r", "d");
            assert!(found.contains(expected), "{source}: {found}");
        }
    }
}
