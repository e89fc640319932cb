//! Plans: when flushes plan their statements anew. Counts rows; knows neither statements nor statistics.
//!
//! Planning each statement for each flush costs more than running it, and PostgreSQL would plan every foreign key's check
//! anew as well. A generic plan is made once, but keeps what was right for the tables as they were: made over an empty one,
//! it reads whole indexes when the table is full. PostgreSQL makes another when statistics are gathered, not when a table
//! grows; and statistics say nothing about what came after them, nor may every role gather them. So plans are generic from
//! [`DOCUMENTS_MIN`] documents on, and dropped when a table has outgrown those that they were made for. Statistics are not
//! needed: rows are found by key, and the planner takes the tables' sizes from their files.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use laneway_core::changes::Changes;
use laneway_model::{AssociationKind, PersonKind};
use tokio::time::Instant;
use tokio_postgres::{Client, Error};

/// Below this no plan is kept: the tables grow faster than plans could be made.
const DOCUMENTS_MIN: u64 = 500;
/// A table with fewer rows has not outgrown anything: whatever way it is read costs little.
const ROWS_MIN: u64 = 64;
/// Plans are kept for so long, however fast the tables grow: making them takes a connection tenths of a second.
const KEPT_MIN: Duration = Duration::from_secs(2);
/// And at most for so long: others write to the tables too.
const KEPT_MAX: Duration = Duration::from_secs(600);

/// Rows of each table that grows on its own: documents first, the others as in `queries/open/rows.sql`.
type Rows = [u64; 9];

/// Which plans are in force: those of a later generation are made anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Generation {
    /// None is kept.
    Unkept,
    /// Generic ones.
    Generic(u64),
}

/// How far the tables have grown, and since when plans are kept.
#[derive(Debug)]
pub(crate) struct Plans {
    /// Locked for a moment at a time, when a flush begins and when it has committed.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rows: Rows,
    /// The rows that the plans were made for, and when.
    planned: Rows,
    at: Instant,
    generation: Generation,
}

impl Plans {
    /// For the store that `client` is connected to.
    pub(crate) async fn of(client: &Client) -> Result<Self, Error> {
        let counted_max = i64::try_from(DOCUMENTS_MIN).unwrap_or(i64::MAX);
        let row = client.query_one(include_str!("../queries/open/rows.sql"), &[&counted_max]).await?;
        let mut rows = Rows::default();
        for (column, count) in rows.iter_mut().enumerate() {
            *count = row.try_get::<_, i64>(column)?.unsigned_abs();
        }
        Ok(Self::from(rows))
    }

    /// The plans that a flush that begins now is to use.
    pub(crate) fn generation(&self) -> Generation {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_outgrown() {
            state.generation = match state.generation {
                Generation::Unkept => Generation::Generic(0),
                Generation::Generic(number) => Generation::Generic(number + 1),
            };
            (state.planned, state.at) = (state.rows, Instant::now());
        }
        state.generation
    }

    /// Counts the rows of a committed flush.
    pub(crate) fn count(&self, changes: &Changes<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for (count, more) in state.rows.iter_mut().zip(inserted(changes)) {
            *count += more;
        }
    }
}

impl From<Rows> for Plans {
    fn from(rows: Rows) -> Self {
        let (planned, at) = (Rows::default(), Instant::now());
        Self { state: Mutex::new(State { rows, planned, at, generation: Generation::Unkept }) }
    }
}

impl State {
    fn is_outgrown(&self) -> bool {
        if self.generation == Generation::Unkept {
            return self.rows[0] >= DOCUMENTS_MIN;
        }
        let has_doubled = |(rows, planned): (&u64, &u64)| *rows >= 2 * (*planned).max(ROWS_MIN / 2);
        let kept = self.at.elapsed();
        kept >= KEPT_MAX || kept >= KEPT_MIN && self.rows.iter().zip(&self.planned).any(has_doubled)
    }
}

/// The rows that a flush has inserted.
fn inserted(changes: &Changes<'_>) -> Rows {
    let associations = |kinds: &[AssociationKind]| {
        let kind = |write: &laneway_core::changes::DocumentWrite<'_>| {
            write.operation.extraction.resource.association.map(|association| association.kind)
        };
        changes.inserts.iter().filter_map(kind).filter(|kind| kinds.contains(kind)).count()
    };
    let securable = |kind| changes.securable_inserts.get(&kind).map_or(0, Vec::len);
    [
        changes.inserts.len(),
        changes.hierarchy_inserts.len(),
        securable(PersonKind::Student),
        securable(PersonKind::Staff),
        securable(PersonKind::Contact),
        associations(&[AssociationKind::StudentSchool]),
        associations(&[AssociationKind::StudentResponsibility]),
        associations(&[AssociationKind::StudentContact]),
        associations(&[AssociationKind::StaffEmployment, AssociationKind::StaffAssignment]),
    ]
    .map(|rows| rows as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(plans: &Plans, table: usize, rows: u64) -> Generation {
        plans.state.lock().unwrap().rows[table] = rows;
        plans.generation()
    }

    #[tokio::test(start_paused = true)]
    async fn plans_are_kept_while_no_table_has_doubled() {
        let plans = Plans::from(Rows::default());
        assert_eq!(grown(&plans, 0, DOCUMENTS_MIN - 1), Generation::Unkept);
        assert_eq!(grown(&plans, 0, DOCUMENTS_MIN), Generation::Generic(0));
        tokio::time::advance(KEPT_MIN).await;
        assert_eq!(grown(&plans, 0, 2 * DOCUMENTS_MIN - 1), Generation::Generic(0));
        assert_eq!(grown(&plans, 5, ROWS_MIN - 1), Generation::Generic(0), "a table that was empty and is small");
        assert_eq!(grown(&plans, 5, ROWS_MIN), Generation::Generic(1), "one that was empty and is no longer small");
        assert_eq!(grown(&plans, 5, 100 * ROWS_MIN), Generation::Generic(1), "too soon");
        tokio::time::advance(KEPT_MIN).await;
        assert_eq!(plans.generation(), Generation::Generic(2));
        tokio::time::advance(KEPT_MIN).await;
        assert_eq!(plans.generation(), Generation::Generic(2), "nothing has grown");
        tokio::time::advance(KEPT_MAX).await;
        assert_eq!(plans.generation(), Generation::Generic(3), "others may have written");
    }

    #[tokio::test]
    async fn a_store_that_holds_enough_has_generic_plans_at_once() {
        let mut rows = Rows::default();
        rows[0] = DOCUMENTS_MIN;
        assert_eq!(Plans::from(rows).generation(), Generation::Generic(0));
    }
}
