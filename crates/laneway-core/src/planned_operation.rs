//! One operation as a member of a transaction: the facts about it that need no store. Pure.

use laneway_model::{Association, Extraction, Operation, PersonKind, ReferentialId, TokenKind, Value};

use crate::flush::Accepted;
use crate::jsonb;
use crate::order::Ordered;
use crate::order::isolation::Isolation;
use crate::run;
use crate::suspicion::is_suspicious;

/// An operation with what is known about it beforehand.
#[derive(Clone, Debug)]
pub(crate) struct PlannedOperation {
    pub(crate) accepted: Accepted,
    /// The association that the document is, its sides as the triggers will read them.
    pub(crate) association: Option<Association<String>>,
    /// Must have a transaction of its own: the database may refuse it, or the triggers read it otherwise than we do.
    pub(crate) isolated: bool,
}

impl PlannedOperation {
    pub(crate) fn new(accepted: Accepted) -> Self {
        let extraction = &accepted.operation.extraction;
        let named = extraction.association();
        let association = named.map(|named| named.and_then(|value| trigger_text(extraction, *value)));
        let otherwise = named.zip(association.as_ref()).is_some_and(|(n, read)| read_otherwise(extraction, &n, read));
        let isolated = otherwise || is_suspicious(&accepted.operation);
        Self { accepted, association, isolated }
    }

    pub(crate) fn operation(&self) -> &Operation {
        &self.accepted.operation
    }

    /// See [`Extraction::first_person`].
    pub(crate) fn first_person(&self, kind: PersonKind) -> Option<&str> {
        self.operation().extraction.first_person(kind)
    }

    /// The person of this kind whom the association, if it is one, names.
    pub(crate) fn associated_person(&self, kind: PersonKind) -> Option<&str> {
        self.association.as_ref()?.person_of(kind)
    }
}

/// Whether the triggers do not read the association as it is written, or read no organization where they need one.
fn read_otherwise(extraction: &Extraction, named: &Association<Value>, read: &Association<String>) -> bool {
    let differs = |named: Option<Value>, read: &Option<String>| {
        read.is_none() || read.as_deref() != named.map(|value| extraction.text(value))
    };
    differs(named.person, &read.person)
        || differs(named.other, &read.other)
        || (read.kind.has_organization() && read.organization().is_none())
}

fn trigger_text(extraction: &Extraction, value: Value) -> Option<String> {
    let text = extraction.text(value);
    match value.token {
        TokenKind::String | TokenKind::Boolean => Some(text.to_owned()),
        TokenKind::Number => jsonb::number_text(text),
    }
}

impl Ordered for PlannedOperation {
    fn own_ids(&self) -> impl Iterator<Item = ReferentialId> {
        self.operation().own_ids()
    }

    fn referenced_ids(&self) -> impl Iterator<Item = ReferentialId> {
        self.operation().referenced_ids()
    }
}

impl Isolation for PlannedOperation {
    fn is_isolated(&self) -> bool {
        self.isolated
    }

    fn run(&self) -> Option<run::Persons<'_>> {
        run::persons(self.operation())
    }

    /// What the operation itself names (stored persons come on top: at most as many).
    fn locks_max(&self) -> usize {
        let named =
            |kind| usize::from(self.first_person(kind).is_some()) + usize::from(self.associated_person(kind).is_some());
        PersonKind::ALL.into_iter().map(named).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::tests::operations::operation;

    #[test]
    fn an_association_on_a_number_that_jsonb_writes_otherwise_is_isolated() {
        let planned = |school: &str| {
            let student = ("$.studentReference.studentUniqueId", "s");
            let school = ("$.schoolReference.schoolId", school);
            let mut accepted = operation(0, "x").association("StudentSchoolAssociation", student, school).build();
            let operation = Arc::get_mut(&mut accepted.operation).expect("the only one");
            operation.extraction.values[2].token = TokenKind::Number;
            PlannedOperation::new(accepted)
        };
        assert!(!planned("100").isolated);
        let otherwise = planned("1e2");
        assert!(otherwise.isolated);
        assert_eq!(otherwise.association.expect("one").other.as_deref(), Some("100"));
    }
}
