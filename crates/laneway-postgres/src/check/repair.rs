//! Mending what two sessions left that did not see each other: authorization arrays, and the rows that they are made of. By the
//! statements of a flush, under its locks, in transactions of bounded size.

use std::collections::{BTreeMap, BTreeSet};

use laneway_core::store::{DocumentKey, StoreErrorKind};
use laneway_model::PersonKind;

use super::difference::{AssociationTable, Difference, Mend};
use super::error::CheckError;
use super::literal::{plain, texts, with_literals};
use super::page::Page;
use super::store_check::StoreCheck;
use crate::error::statement_error;
use crate::options::SEARCH_PATH;
use crate::session::lock_word;

/// What one transaction mends: each takes a person's lock, of which the server's lock table holds some thousands.
const MENDS_MAX: usize = 64;
/// A lock of a flush's is held for milliseconds.
const SETTINGS: &str = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'; \
                        SET LOCAL idle_in_transaction_session_timeout = '60s'";
/// How often a transaction is tried that another one kept from ending.
const TRIES: u32 = 5;

/// A transaction that mends some differences.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repair {
    /// Its statements, from BEGIN to COMMIT, as a script.
    pub script: String,
    /// How many differences it mends.
    pub differences: usize,
}

impl StoreCheck {
    /// What would mend those of the differences that can be mended by themselves: authorization arrays, the lists of association
    /// rows, and contacts' rows.
    ///
    /// # Errors
    /// When the database does not answer: which documents carry a person's arrays is asked.
    pub async fn repairs(&self, differences: &[Difference]) -> Result<Vec<Repair>, CheckError> {
        let mends: BTreeSet<&Mend> = differences.iter().filter_map(|difference| difference.mend.as_ref()).collect();
        let mends: Vec<&Mend> = mends.into_iter().collect();
        let mut repairs = Vec::new();
        for mends in mends.chunks(MENDS_MAX) {
            let mut plan = Plan::of(mends);
            let (students, contacts) = plan.refreshed();
            if !(students.is_empty() && contacts.is_empty()) {
                let reader = self.shared.reader().await?;
                let carriers = reader.session.carriers(&students, &contacts).await.map_err(self.shared.refused())?;
                self.shared.put_back(reader);
                plan.arrays.extend(carriers);
            }
            repairs.push(Repair { script: plan.script(), differences: mends.len() });
        }
        Ok(repairs)
    }

    /// Runs a repair.
    ///
    /// # Errors
    /// When the database refuses it. Nothing of it is written then.
    pub async fn apply(&self, repair: &Repair) -> Result<(), CheckError> {
        let refused = CheckError::database("repairing", &self.shared.config);
        for tried in 1.. {
            let reader = self.shared.reader().await?;
            let Err(error) = reader.session.client.batch_execute(&repair.script).await else {
                self.shared.put_back(reader);
                return Ok(());
            };
            // The connection, in the middle of a transaction, is not used again: the server rolls back.
            if tried == TRIES || !is_worth_repeating(&error) {
                return Err(refused(error));
            }
        }
        Ok(())
    }

    /// Compares once more the documents that differences were found of, after they were mended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn again(&self, differences: &[Difference]) -> Result<Page, CheckError> {
        let keys: BTreeSet<DocumentKey> =
            differences.iter().filter_map(|difference| Some(difference.document.as_ref()?.key)).collect();
        self.documents_by_key(&keys.into_iter().collect::<Vec<_>>()).await
    }
}

/// Whether another transaction, or too many locks, were in the way.
fn is_worth_repeating(error: &tokio_postgres::Error) -> bool {
    use StoreErrorKind::{Locked, LostRace, OutOfLocks, Transient};
    [Transient, Locked, LostRace, OutOfLocks].contains(&statement_error(error).kind())
}

/// What a transaction does.
#[derive(Default)]
struct Plan<'a> {
    /// Whose arrays of which documents become the union.
    arrays: BTreeSet<(PersonKind, String, DocumentKey)>,
    rows: BTreeMap<AssociationTable, BTreeSet<DocumentKey>>,
    contact_rows: BTreeSet<(DocumentKey, DocumentKey)>,
    /// Persons whose rows change. Of students and contacts all documents follow; a staff member's have what an association
    /// gave them, which another one's row does not change.
    changed: BTreeSet<(PersonKind, &'a str)>,
}

impl<'a> Plan<'a> {
    fn of(mends: &[&'a Mend]) -> Self {
        let mut plan = Self::default();
        for mend in mends {
            match mend {
                Mend::Array { kind, person, document } => {
                    plan.arrays.insert((*kind, person.clone(), *document));
                }
                Mend::Association { table, person, document } => {
                    plan.rows.entry(*table).or_default().insert(*document);
                    plan.changed.insert((table.person(), person));
                }
                Mend::ContactRow { student, contact, relation, school } => {
                    plan.contact_rows.insert((*relation, *school));
                    plan.changed.insert((PersonKind::Student, student));
                    plan.changed.insert((PersonKind::Contact, contact));
                }
            }
        }
        plan
    }

    /// The students and contacts whose documents follow their rows.
    fn refreshed(&self) -> (Vec<&'a str>, Vec<&'a str>) {
        let all = |kind| self.changed.iter().filter(|(of, _)| *of == kind).map(|(_, person)| *person).collect();
        // A contact's new row is no row of the student's.
        let students = if self.rows.is_empty() { Vec::new() } else { all(PersonKind::Student) };
        (students, all(PersonKind::Contact))
    }

    /// In the order of a flush: the hierarchy, persons, documents; then the rows, and the arrays that are made of them.
    fn script(&self) -> String {
        let mut statements = vec![
            "BEGIN ISOLATION LEVEL READ COMMITTED".to_owned(),
            SETTINGS.to_owned(),
            SEARCH_PATH.to_owned(),
            statements_of(include_str!("../../queries/flush/planner.sql")),
            self.locks(),
        ];
        let documents: BTreeSet<DocumentKey> = self.arrays.iter().map(|(.., document)| *document).collect();
        statements.push(with_literals(include_str!("../../queries/repair/lock_documents.sql"), &keys(&documents)));
        for (table, documents) in &self.rows {
            let statement = match table {
                AssociationTable::School => include_str!("../../queries/repair/school_rows.sql"),
                AssociationTable::Responsibility => include_str!("../../queries/repair/responsibility_rows.sql"),
                AssociationTable::Staff => include_str!("../../queries/repair/staff_rows.sql"),
            };
            statements.push(with_literals(statement, &keys(documents)));
        }
        if !self.contact_rows.is_empty() {
            let [relations, relation_ids] = keys(self.contact_rows.iter().map(|(relation, _)| relation));
            let [schools, school_ids] = keys(self.contact_rows.iter().map(|(_, school)| school));
            let parameters = [relations, relation_ids, schools, school_ids];
            statements.push(with_literals(include_str!("../../queries/repair/change_contact_rows.sql"), &parameters));
            statements.push(with_literals(include_str!("../../queries/repair/add_contact_rows.sql"), &parameters));
        }
        for kind in PersonKind::ALL {
            let of_kind: Vec<_> = self.arrays.iter().filter(|(of, ..)| *of == kind).collect();
            if of_kind.is_empty() {
                continue;
            }
            let persons = texts(of_kind.iter().map(|(_, person, _)| person.as_str()));
            let ids = plain(of_kind.iter().map(|(.., document)| document.id));
            let partitions = plain(of_kind.iter().map(|(.., document)| document.partition));
            let (statement, parameters) = match kind {
                PersonKind::Student => {
                    (include_str!("../../queries/flush/refresh_students.sql"), vec![persons, ids, partitions])
                }
                PersonKind::Contact => {
                    (include_str!("../../queries/flush/refresh_contacts.sql"), vec![persons, ids, partitions])
                }
                PersonKind::Staff => {
                    (include_str!("../../queries/repair/staff_arrays.sql"), vec![persons, ids, partitions])
                }
            };
            statements.push(with_literals(statement, &parameters));
        }
        statements.push("COMMIT".to_owned());
        statements.join(";\n") + ";\n"
    }

    /// The hierarchy is read, persons' arrays are changed.
    fn locks(&self) -> String {
        let persons = self.arrays.iter().map(|(kind, person, _)| (*kind, person.as_str()));
        let persons: BTreeSet<(PersonKind, &str)> = persons.chain(self.changed.iter().copied()).collect();
        let place = |kind| PersonKind::ALL.iter().position(|of| *of == kind).unwrap_or_default() + 1;
        let names: Vec<String> = std::iter::once("hierarchy".to_owned())
            .chain(persons.iter().map(|(kind, person)| format!("{} {person}", lock_word(*kind))))
            .collect();
        let places = std::iter::once(0).chain(persons.iter().map(|(kind, _)| place(*kind)));
        let modes = std::iter::once(false).chain(persons.iter().map(|_| true));
        let parameters = [plain(places), texts(names.iter().map(String::as_str)), plain(modes)];
        with_literals(include_str!("../../queries/flush/lock_named.sql"), &parameters)
    }
}

/// The partitions and ids of documents.
fn keys<'a>(documents: impl IntoIterator<Item = &'a DocumentKey> + Clone) -> [String; 2] {
    let partitions = documents.clone().into_iter().map(|key| key.partition);
    [plain(partitions), plain(documents.into_iter().map(|key| key.id))]
}

/// Without comments.
fn statements_of(script: &str) -> String {
    with_literals(script, &[])
}
