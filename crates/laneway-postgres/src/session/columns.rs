//! Parameters of set-based statements: an array for each column.

use tokio_postgres::types::ToSql;

/// Columns of a set-based statement, in the order of its parameters.
pub(super) type Columns<'a> = Vec<Box<dyn ToSql + Sync + Send + 'a>>;

/// One parameter: an array with the `T` of each row.
pub(super) fn column<'a, R, T: ToSql + Sync + Send + 'a>(
    rows: &'a [R],
    of: impl Fn(&'a R) -> T,
) -> Box<dyn ToSql + Sync + Send + 'a> {
    Box::new(rows.iter().map(of).collect::<Vec<T>>())
}

/// The parameters as the driver takes them.
pub(super) fn parameters<'a>(columns: &'a Columns<'_>) -> Vec<&'a (dyn ToSql + Sync)> {
    columns.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect()
}
