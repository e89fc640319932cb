//! What keeps a role from writing to a store, asked in one query. Knows no rights but those of the table that it is given.

use tokio_postgres::{Client, Error};

use crate::isolation::Isolation;

use super::{FUNCTIONS, Lacking, SEQUENCES, Shortfall, TABLES};

/// What the role that `client` is connected as lacks to write with this isolation; `None` when that is nothing.
pub(crate) async fn shortfall(client: &Client, isolation: Isolation) -> Result<Option<Shortfall>, Error> {
    let wanted =
        TABLES.iter().flat_map(|(table, privileges)| privileges.iter().map(move |privilege| (*table, *privilege)));
    let (tables, privileges): (Vec<&str>, Vec<&str>) = wanted.unzip();
    let functions = [FUNCTIONS, isolation.functions()].concat();
    let text = include_str!("../../queries/open/rights.sql");
    let rows = client.query(text, &[&tables, &privileges, &SEQUENCES, &functions]).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let role = client.query_one("SELECT current_user::text", &[]).await?.try_get(0)?;
    let mut lacking = Vec::with_capacity(rows.len());
    for row in &rows {
        let (kind, object, privilege) = (row.try_get("kind")?, row.try_get("object")?, row.try_get("privilege")?);
        lacking.push(Lacking { kind, object, privilege });
    }
    Ok(Some(Shortfall { role, lacking }))
}
