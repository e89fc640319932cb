//! Whether the caller's strategies allow an upsert, read from the tables as they are.

use std::collections::BTreeSet;

use laneway_model::{Operation, Operator, Outcome, PersonKind, Strategy, parse_int64};

use crate::refusal::Refusal;
use crate::tables::{Ids, Model};

/// What one strategy answers: nothing when it allows.
type Answer = Option<(String, Vec<String>)>;

pub(crate) fn authorize(operation: &Operation, model: &Model) -> Result<(), Refusal> {
    let Some(strategies) = &operation.authorization else { return Ok(()) };
    let answers = |operator| -> Result<Vec<Answer>, Refusal> {
        let of = strategies.iter().filter(|strategy| strategy.operator == operator);
        of.map(|strategy| answer(strategy, operation, model)).collect()
    };
    let (and, or) = (answers(Operator::And)?, answers(Operator::Or)?);
    if and.iter().any(Option::is_some) {
        return Err(refused(and));
    }
    if !or.is_empty() && or.iter().all(Option::is_some) {
        return Err(refused(or));
    }
    Ok(())
}

fn refused(answers: Vec<Answer>) -> Refusal {
    let (mut messages, mut hints) = (Vec::new(), Vec::new());
    for (message, further) in answers.into_iter().flatten() {
        if !messages.contains(&message) {
            messages.push(message);
        }
        hints.extend(further);
    }
    Refusal::Outcome(Outcome::NotAuthorized { messages, hints })
}

/// What a person is called in messages, and what may help.
const STUDENT: (&str, &str) =
    ("StudentUniqueId", "Hint: You may need to create a corresponding 'StudentSchoolAssociation' item.");
const RESPONSIBILITY: (&str, &str) = (
    "StudentUniqueId",
    "Hint: You may need to create a corresponding 'StudentEducationOrganizationResponsibilityAssociation' item.",
);
const STAFF: (&str, &str) = (
    "StaffUniqueId",
    "Hint: You may need to create corresponding 'StaffEducationOrganizationEmploymentAssociation' or \
     'StaffEducationOrganizationAssignmentAssociation' items.",
);
const CONTACT: (&str, &str) = (
    "ContactUniqueId",
    "Hint: You may need to create corresponding 'StudentSchoolAssociation' and 'StudentContactAssociation' items.",
);

fn answer(strategy: &Strategy, operation: &Operation, model: &Model) -> Result<Answer, Refusal> {
    let extraction = &operation.extraction;
    let has = extraction.resource.securable;
    let first = |kind| extraction.first_person(kind);
    let mut look = Look::of(strategy);
    match &*strategy.name {
        "NoFurtherAuthorizationRequired" => {}
        "NamespaceBased" => return Ok(namespaces(strategy, operation)),
        "RelationshipsWithEdOrgsOnly" => look.organizations(operation, model),
        "RelationshipsWithStudentsOnly" => {
            if has.student {
                let student = first(PersonKind::Student);
                look.person(student, student.and_then(|student| model.school_union(student)), STUDENT);
            }
        }
        "RelationshipsWithStudentsOnlyThroughResponsibility" => {
            if has.student {
                let student = first(PersonKind::Student);
                look.person(student, student.and_then(|student| model.responsibility_union(student)), RESPONSIBILITY);
            }
        }
        "RelationshipsWithEdOrgsAndPeople" => {
            if has.education_organization {
                look.organizations(operation, model);
            }
            if has.student {
                let student = first(PersonKind::Student);
                look.person(student, student.and_then(|student| model.school_union(student)), STUDENT);
            }
            if has.staff {
                let staff = first(PersonKind::Staff);
                look.person(staff, staff.and_then(|staff| model.staff_union(staff)), STAFF);
            }
            if has.contact {
                let contact = first(PersonKind::Contact);
                look.person(contact, contact.and_then(|contact| model.contact_union(contact)), CONTACT);
            }
        }
        unknown => {
            let message = format!("authorization strategy '{unknown}' is not known");
            return Err(Refusal::Outcome(Outcome::Failed { sqlstate: None, message }));
        }
    }
    Ok(look.answer())
}

/// What a strategy of relationships finds, kind by kind.
struct Look<'a> {
    strategy: &'a Strategy,
    filters: BTreeSet<i64>,
    missing: Vec<&'static str>,
    refused: Vec<String>,
    hints: Vec<String>,
}

impl<'a> Look<'a> {
    fn of(strategy: &'a Strategy) -> Self {
        let filters = strategy.filters.iter().filter_map(|filter| parse_int64(filter)).collect();
        Self { strategy, filters, missing: Vec::new(), refused: Vec::new(), hints: Vec::new() }
    }

    fn organizations(&mut self, operation: &Operation, model: &Model) {
        let extraction = &operation.extraction;
        let organizations = &extraction.security.education_organizations;
        if organizations.is_empty() {
            self.missing.push("EducationOrganizationId");
            return;
        }
        let is_claimed =
            |id: i64| self.filters.contains(&id) || model.line(id).iter().any(|above| self.filters.contains(above));
        if organizations.iter().all(|organization| is_claimed(organization.id)) {
            return;
        }
        for organization in organizations {
            let name = extraction.resource.property_names[usize::from(organization.property)].to_string();
            if !self.refused.contains(&name) {
                self.refused.push(name);
            }
        }
    }

    fn person(&mut self, person: Option<&str>, granted: Option<Ids>, (name, hint): (&'static str, &str)) {
        if person.is_none() {
            self.missing.push(name);
            return;
        }
        let is_met = |ids: &Ids| ids.iter().any(|id| self.filters.iter().any(|filter| filter.to_string() == *id));
        if !granted.as_ref().is_some_and(is_met) {
            self.refused.push(name.to_owned());
            self.hints.push(hint.to_owned());
        }
    }

    fn answer(self) -> Answer {
        let quoted = |names: &[String]| names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
        let message = match (&self.missing[..], &self.refused[..]) {
            ([], []) => return None,
            ([], names) => {
                let claims = quoted(&self.strategy.filters);
                let start = format!(
                    "No relationships have been established between the caller's education organization id claims ({claims}) and"
                );
                match names {
                    [name] => format!("{start} the resource item's {name} value."),
                    names => {
                        format!(
                            "{start} one or more of the following properties of the resource item: {}.",
                            quoted(names)
                        )
                    }
                }
            }
            (missing, _) => {
                let names: Vec<String> = missing.iter().map(|name| (*name).to_owned()).collect();
                let noun = if names.len() == 1 { "property" } else { "properties" };
                format!(
                    "No {} {noun} could be found on the resource in order to perform authorization. Should a different \
                     authorization strategy be used?",
                    quoted(&names)
                )
            }
        };
        Some((message, self.hints))
    }
}

fn namespaces(strategy: &Strategy, operation: &Operation) -> Answer {
    let extraction = &operation.extraction;
    let namespaces = &extraction.security.namespaces;
    if namespaces.is_empty() {
        let message = "No 'Namespace' (or Namespace-suffixed) property could be found on the resource in order to perform \
                       authorization. Should a different authorization strategy be used?";
        return Some((message.to_owned(), Vec::new()));
    }
    let is_claimed = |namespace: &str| strategy.filters.iter().any(|prefix| starts_with(namespace, prefix));
    if namespaces.iter().all(|namespace| is_claimed(extraction.text(*namespace))) {
        return None;
    }
    let claims: Vec<String> = strategy.filters.iter().map(|filter| format!("'{filter}'")).collect();
    let message = format!(
        "Access to the resource item could not be authorized based on the caller's NamespacePrefix claims: {}.",
        claims.join(", ")
    );
    Some((message, Vec::new()))
}

/// Ordinal, each character by its simple upper case: where that is several characters, or would make a letter an ASCII one, the
/// character itself.
fn starts_with(text: &str, prefix: &str) -> bool {
    let upper = |character: char| {
        let capital: Vec<char> = character.to_uppercase().collect();
        match capital[..] {
            [capital] if capital.is_ascii() == character.is_ascii() => capital,
            _ => character,
        }
    };
    let mut characters = text.chars().map(upper);
    prefix.chars().map(upper).all(|character| characters.next() == Some(character))
}
