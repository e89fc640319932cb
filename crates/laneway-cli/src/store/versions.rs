//! Whether rows were written anew: the versions of all rows of `Document`.

use laneway_pgconfig::Config;

use super::rows::rows;
use crate::failure::Failure;

/// Which row versions a store has; locking a row makes none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Versions {
    rows: u64,
    hash: String,
}

impl Versions {
    /// Reads them.
    pub(crate) async fn read(config: &Config) -> Result<Self, Failure> {
        let sql = "SELECT count(*), coalesce(md5(string_agg(concat_ws(' ', tableoid, ctid, xmin, id), ',' \
                   ORDER BY tableoid, id)), '') FROM dms.document";
        let rows = rows::<2>(config, sql).await?;
        let [count, hash] = rows.into_iter().next().unwrap_or_default();
        Ok(Self { rows: count.parse().unwrap_or(0), hash })
    }

    /// How many documents there are.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }
}
