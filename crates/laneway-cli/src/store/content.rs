//! A store's content without its accidental parts: a count and a hash for each kind of row, by a script that the
//! data set brings along.

use std::collections::BTreeMap;

use laneway_postgres::Config;

use crate::failure::Failure;

/// How many rows there are of a kind, and a hash over them.
#[derive(Clone, PartialEq, Eq, Debug, serde::Deserialize)]
pub(crate) struct Rows {
    /// How many.
    pub(crate) rows: u64,
    /// Over the sorted rows.
    pub(crate) sha256: String,
}

/// By the kind of row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Content(pub(crate) BTreeMap<String, Rows>);

impl Content {
    /// Reads a store's content with `script`, whose rows are kind, count, hash.
    pub(crate) async fn read(config: &Config, script: &str) -> Result<Self, Failure> {
        let rows = super::rows::<3>(config, script).await?;
        let content = rows.into_iter().map(|[kind, count, sha256]| {
            let rows = count.parse().map_err(|_| {
                Failure::database(
                    format_args!("the script of the store's content gave '{count}' for a count"),
                    "Its rows are: kind, count, hash.",
                )
            })?;
            Ok((kind, Rows { rows, sha256 }))
        });
        Ok(Self(content.collect::<Result<_, _>>()?))
    }
}
