//! A check that keeps up with writers: of the persons and organizations alone that new rows tell of.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use laneway_model::PersonKind;

use super::error::CheckError;
use super::page::{Page, Work};
use super::position::Position;
use super::session::{Marks, Touched};
use super::store_check::StoreCheck;

/// Persons whose documents are looked for at a time.
const PERSONS_MAX: usize = 64;

/// A check of what has been written lately. What two sessions leave that do not see each other is in rows that were inserted by one
/// of them, so rows are what it goes by, not documents that were written again.
pub struct Follow {
    check: StoreCheck,
    /// Rows up to here were there, and no transaction was under way that could add older ones, when they were compared.
    compared: Vec<i64>,
    /// Readings that transactions were still under way at.
    open: VecDeque<Marks>,
    /// What the last reading found and is not compared yet.
    left: VecDeque<Part>,
}

#[derive(Debug)]
enum Part {
    Persons(BTreeMap<PersonKind, Vec<String>>),
    Organizations(Vec<i64>),
}

impl StoreCheck {
    /// Follows from now on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn follow(&self) -> Result<Follow, CheckError> {
        let marks = self.marks().await?;
        let check = self.clone();
        Ok(Follow { check, compared: marks.rows, open: VecDeque::new(), left: VecDeque::new() })
    }

    async fn marks(&self) -> Result<Marks, CheckError> {
        let reader = self.shared.reader().await?;
        let marks = reader.session.marks().await.map_err(self.shared.refused())?;
        self.shared.put_back(reader);
        Ok(marks)
    }

    async fn touched(&self, since: &[i64]) -> Result<Touched, CheckError> {
        let reader = self.shared.reader().await?;
        let touched = reader.session.touched(since).await.map_err(self.shared.refused())?;
        self.shared.put_back(reader);
        Ok(touched)
    }
}

impl Follow {
    /// Looks which persons and organizations new rows tell of, unless some are left of the last look. Rows are looked at until all
    /// transactions are over that were under way beside the one that added them: only then is what both left seen.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn look(&mut self) -> Result<(), CheckError> {
        if !self.left.is_empty() {
            return Ok(());
        }
        let now = self.check.marks().await?;
        let touched = self.check.touched(&self.compared).await?;
        let persons: Vec<(PersonKind, String)> =
            touched.persons.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        for persons in persons.chunks(PERSONS_MAX) {
            let mut of = BTreeMap::<PersonKind, Vec<String>>::new();
            for (kind, person) in persons {
                of.entry(*kind).or_default().push(person.clone());
            }
            self.left.push_back(Part::Persons(of));
        }
        if !touched.organizations.is_empty() {
            self.left.push_back(Part::Organizations(touched.organizations));
        }
        while self.open.front().is_some_and(|marks| marks.next <= now.oldest) {
            self.compared = self.open.pop_front().map(|marks| marks.rows).unwrap_or_default();
        }
        if now.rows != self.compared && self.open.back().is_none_or(|marks| marks.rows != now.rows) {
            self.open.push_back(now);
        }
        Ok(())
    }

    /// Compares the next part of what was found; `None`: there is no more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next(&mut self) -> Result<Option<Page>, CheckError> {
        let Some(part) = self.left.pop_front() else { return Ok(None) };
        let shared = &self.check.shared;
        match part {
            Part::Persons(persons) => {
                let reader = shared.reader().await?;
                let keys = reader.session.documents_of(&persons).await.map_err(shared.refused())?;
                shared.put_back(reader);
                self.check.documents_by_key(&keys).await.map(Some)
            }
            Part::Organizations(ids) => shared.run(Work::Organizations(ids), Position::End).await.map(Some),
        }
    }
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Follow({:?})", self.check)
    }
}
