//! Runs: upserts of one identity, one after another, that may go through one transaction, in which only the last body is
//! written. Which operations may stand in one; knows no batches. Pure.

use laneway_model::{Operation, PersonKind};

/// What the operations of a run have in common beside their identity: the first person of each kind. One that names another
/// person moves its document to that one, and is isolated.
pub(crate) type Persons<'a> = [Option<&'a str>; PersonKind::ALL.len()];

/// The persons of the runs that the operation may stand in; `None`: it stands in none, because each of its writes leaves a
/// trace beside its document, in authorization rows, the hierarchy, or a second alias.
pub(crate) fn persons(operation: &Operation) -> Option<Persons<'_>> {
    let extraction = &operation.extraction;
    let resource = &extraction.resource;
    let leaves_traces = resource.association.is_some()
        || resource.in_hierarchy
        || extraction.hierarchy.is_some()
        || extraction.superclass_referential_id.is_some();
    (!leaves_traces).then(|| PersonKind::ALL.map(|kind| extraction.first_person(kind)))
}

/// Whether two operations of one identity may stand in one run.
pub(crate) fn share(one: &Operation, other: &Operation) -> bool {
    persons(one).is_some_and(|of| persons(other) == Some(of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::operations::operation;

    #[test]
    fn what_leaves_traces_stands_in_no_run() {
        let school = ("$.schoolReference.schoolId", "4");
        let association = operation(0, "a").association(
            "StudentSchoolAssociation",
            ("$.studentReference.studentUniqueId", "s"),
            school,
        );
        for builder in [association, operation(0, "a").organization(1, 2), operation(0, "a").superclass("b")] {
            let operation = builder.build().operation;
            assert!(!share(&operation, &operation), "{operation:?}");
        }
    }

    #[test]
    fn a_run_is_about_the_same_persons() {
        let of = |student: &str| operation(0, "a").student(student).build().operation;
        let no_one = operation(0, "a").build().operation;
        assert!(share(&of("s"), &of("s")) && share(&no_one, &no_one));
        assert!(!share(&of("s"), &of("t")) && !share(&of("s"), &no_one));
    }
}
