//! Piles of lines, one a table, of which in the end only the number and a hash over the sorted lines remain.
//! Large piles are sorted in runs, on disk, and merged. Lines hold no line feed: JSON escapes it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write as _};

use sha2::{Digest as _, Sha256};

use super::table::{Detail, Table};

/// The bytes of lines that all piles together hold in memory.
pub(super) const BUDGET: usize = 64 << 20;
/// How many runs of a pile there are before they are merged into one: each is an open file.
const RUNS_MAX: usize = 32;

macro_rules! piles {
    ($($pile:ident $name:literal),* $(,)?) => {
        /// A table, as `canonical-store.sql` divides the store.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Pile { $($pile),* }

        /// The tables' names, in the order of [`Pile`].
        const NAMES: &[&str] = &[$($name),*];
    };
}

piles! {
    Alias "alias",
    ContactAuthorization "contact_authorization",
    ContactSecurableDocument "contact_securable_document",
    Document "document",
    DocumentAuthorizationArrays "document_authorization_arrays",
    DocumentStaffArrays "document_staff_arrays",
    EducationOrganizationHierarchy "education_organization_hierarchy",
    HierarchyTermsLookup "hierarchy_terms_lookup",
    Reference "reference",
    StaffAuthorization "staff_authorization",
    StaffSecurableDocument "staff_securable_document",
    StudentContactRelation "student_contact_relation",
    StudentResponsibilityAuthorization "student_responsibility_authorization",
    StudentSchoolAssociationAuthorization "student_school_association_authorization",
    StudentSecurableDocument "student_securable_document",
}

impl Pile {
    /// The table's name.
    pub(super) fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// All piles.
pub(super) struct Piles {
    detail: Detail,
    budget: usize,
    held: usize,
    piles: Vec<Sorter>,
}

impl Piles {
    pub(super) fn new(detail: Detail) -> Self {
        Self::with_budget(detail, BUDGET)
    }

    fn with_budget(detail: Detail, budget: usize) -> Self {
        Self { detail, budget, held: 0, piles: NAMES.iter().map(|_| Sorter::default()).collect() }
    }

    /// Lays `line` on `pile`.
    pub(super) fn add(&mut self, pile: Pile, line: String) -> io::Result<()> {
        let pile = &mut self.piles[pile as usize];
        pile.rows += 1;
        if self.detail == Detail::Counts {
            return Ok(());
        }
        pile.bytes += line.len();
        self.held += line.len();
        pile.lines.push(line);
        if self.held > self.budget
            && let Some(largest) = self.piles.iter_mut().max_by_key(|pile| pile.bytes)
        {
            self.held -= largest.bytes;
            largest.spill()?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<BTreeMap<&'static str, Table>> {
        let detail = self.detail;
        let tables = NAMES.iter().zip(self.piles).map(|(name, pile)| {
            let rows = pile.rows;
            let sha256 = if detail == Detail::Hashes { Some(pile.hash()?) } else { None };
            Ok((*name, Table { rows, sha256 }))
        });
        tables.collect()
    }
}

/// One pile.
#[derive(Default)]
struct Sorter {
    rows: u64,
    bytes: usize,
    lines: Vec<String>,
    /// Sorted runs, in files that go when they are closed.
    runs: Vec<File>,
}

impl Sorter {
    /// Moves the lines in memory to a run.
    fn spill(&mut self) -> io::Result<()> {
        self.lines.sort_unstable();
        let lines = std::mem::take(&mut self.lines);
        self.bytes = 0;
        self.runs.push(write_run(lines.into_iter().map(Ok))?);
        if self.runs.len() >= RUNS_MAX {
            let merged = write_run(merge(std::mem::take(&mut self.runs), Vec::new())?)?;
            self.runs.push(merged);
        }
        Ok(())
    }

    /// The SHA-256 over the sorted lines, joined by line feeds.
    fn hash(mut self) -> io::Result<String> {
        self.lines.sort_unstable();
        let mut hash = Sha256::new();
        for (i, line) in merge(self.runs, self.lines)?.enumerate() {
            if i > 0 {
                hash.update("\n");
            }
            hash.update(line?);
        }
        Ok(base16ct::lower::encode_string(&hash.finalize()))
    }
}

fn write_run(lines: impl Iterator<Item = io::Result<String>>) -> io::Result<File> {
    let mut run = BufWriter::new(tempfile::tempfile()?);
    for line in lines {
        run.write_all(line?.as_bytes())?;
        run.write_all(b"\n")?;
    }
    let mut run = run.into_inner().map_err(io::IntoInnerError::into_error)?;
    run.rewind()?;
    Ok(run)
}

/// The lines of sorted runs and of `lines`, sorted.
fn merge(runs: Vec<File>, lines: Vec<String>) -> io::Result<impl Iterator<Item = io::Result<String>>> {
    type Run = Box<dyn Iterator<Item = io::Result<String>>>;
    let runs = runs.into_iter().map(|run| Box::new(BufReader::new(run).lines()) as Run);
    let mut runs: Vec<Run> = runs.chain([Box::new(lines.into_iter().map(Ok)) as Run]).collect();
    let mut heads = BinaryHeap::with_capacity(runs.len());
    for (i, run) in runs.iter_mut().enumerate() {
        if let Some(line) = run.next() {
            heads.push(Reverse((line?, i)));
        }
    }
    Ok(std::iter::from_fn(move || {
        let Reverse((line, i)) = heads.pop()?;
        match runs[i].next() {
            Some(Ok(next)) => heads.push(Reverse((next, i))),
            Some(Err(error)) => return Some(Err(error)),
            None => {}
        }
        Some(Ok(line))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_pile_on_disk_has_the_hash_of_one_in_memory() {
        let mut random = Random::at(1, [0; 3]);
        let lines: Vec<String> = (0..20_000).map(|_| format!("line {}", random.below(15_000))).collect();
        let hash = |budget: usize| {
            let mut piles = Piles::with_budget(Detail::Hashes, budget);
            for line in &lines {
                piles.add(Pile::Reference, line.clone()).unwrap();
            }
            piles.finish().unwrap().remove("reference").unwrap()
        };
        let in_memory = hash(BUDGET);
        // 80 runs and more, so that some are merged on the way.
        assert_eq!(hash(2_500), in_memory);
        let mut sorted = lines.clone();
        sorted.sort_unstable();
        let digest = Sha256::digest(sorted.join("\n"));
        assert_eq!(in_memory.sha256, Some(base16ct::lower::encode_string(&digest)));
        assert_eq!(in_memory.rows, 20_000);
    }

    #[test]
    fn names_stand_in_the_order_of_the_piles() {
        assert_eq!(Pile::StudentSecurableDocument.name(), "student_securable_document");
        assert!(NAMES.is_sorted());
    }
}
