//! Whether an operation's strategies allow it, and the refusal when they do not. Pure.
//!
//! Decided from the new document's security elements and committed data, for insert and update alike. A strategy
//! that is not known, or that cannot decide, never allows.

use std::borrow::Cow;
use std::collections::BTreeSet;

use laneway_model::{Operation, Operator, Outcome, PersonKind, Strategy, parse_int64};

use crate::snapshot::Arrays;

/// What authorization reads.
pub(crate) trait Claims {
    /// The organization and everything above it; only itself when it is not in the hierarchy.
    fn ancestors(&self, organization: i64) -> Cow<'_, [i64]>;
    /// A person's arrays.
    fn arrays(&self, kind: PersonKind, person: &str) -> Arrays;
}

/// Why one strategy refuses.
struct Refusal {
    message: String,
    hints: Vec<&'static str>,
}

const HINT_STUDENT: &str = "Hint: You may need to create a corresponding 'StudentSchoolAssociation' item.";
const HINT_RESPONSIBILITY: &str =
    "Hint: You may need to create a corresponding 'StudentEducationOrganizationResponsibilityAssociation' item.";
const HINT_STAFF: &str = "Hint: You may need to create corresponding 'StaffEducationOrganizationEmploymentAssociation' or \
                          'StaffEducationOrganizationAssignmentAssociation' items.";
const HINT_CONTACT: &str = "Hint: You may need to create corresponding 'StudentSchoolAssociation' and \
                            'StudentContactAssociation' items.";

/// # Errors
/// [`Outcome::NotAuthorized`], or [`Outcome::Failed`] for a strategy that is not known.
pub(crate) fn authorize(operation: &Operation, strategies: &[Strategy], claims: &impl Claims) -> Result<(), Outcome> {
    let decide = |strategy| decide(strategy, operation, claims);
    let of = |operator| strategies.iter().filter(move |strategy| strategy.operator == operator);
    let and = of(Operator::And).map(decide).collect::<Result<Vec<_>, _>>()?;
    let or = of(Operator::Or).map(decide).collect::<Result<Vec<_>, _>>()?;
    let refused_and: Vec<Refusal> = and.into_iter().flatten().collect();
    if !refused_and.is_empty() {
        return Err(not_authorized(refused_and));
    }
    if !or.is_empty() && or.iter().all(Option::is_some) {
        return Err(not_authorized(or.into_iter().flatten().collect()));
    }
    Ok(())
}

fn not_authorized(refusals: Vec<Refusal>) -> Outcome {
    let mut messages: Vec<String> = Vec::new();
    let mut hints: Vec<String> = Vec::new();
    for refusal in refusals {
        if !messages.contains(&refusal.message) {
            messages.push(refusal.message);
        }
        hints.extend(refusal.hints.into_iter().map(str::to_owned));
    }
    Outcome::NotAuthorized { messages, hints }
}

/// `None`: allowed.
fn decide(strategy: &Strategy, operation: &Operation, claims: &impl Claims) -> Result<Option<Refusal>, Outcome> {
    let has_student = operation.extraction.resource.securable.student;
    let findings = match strategy.name.as_str() {
        "NoFurtherAuthorizationRequired" => return Ok(None),
        "NamespaceBased" => return Ok(namespace_based(strategy, operation)),
        "RelationshipsWithEdOrgsOnly" => vec![education_organizations(strategy, operation, claims)],
        "RelationshipsWithStudentsOnly" if !has_student => return Ok(None),
        "RelationshipsWithStudentsOnly" => vec![person(PersonTest::Student, strategy, operation, claims)],
        "RelationshipsWithStudentsOnlyThroughResponsibility" if !has_student => return Ok(None),
        "RelationshipsWithStudentsOnlyThroughResponsibility" => {
            vec![person(PersonTest::Responsibility, strategy, operation, claims)]
        }
        "RelationshipsWithEdOrgsAndPeople" => everything(strategy, operation, claims),
        unknown => {
            return Err(Outcome::Failed {
                sqlstate: None,
                message: format!(
                    "authorization strategy '{unknown}' is not known; nothing was allowed. Check the claim set's strategy names"
                ),
            });
        }
    };
    Ok(relationship_refusal(strategy, findings))
}

fn namespace_based(strategy: &Strategy, operation: &Operation) -> Option<Refusal> {
    let extraction = &operation.extraction;
    let namespaces = &extraction.security.namespaces;
    if namespaces.is_empty() {
        let message = "No 'Namespace' (or Namespace-suffixed) property could be found on the resource in order to perform \
                       authorization. Should a different authorization strategy be used?";
        return Some(Refusal { message: message.to_owned(), hints: Vec::new() });
    }
    let prefixes: Vec<Vec<char>> = strategy.filters.iter().map(|filter| upper(filter)).collect();
    let allowed = |text: &str| {
        let text = upper(text);
        prefixes.iter().any(|prefix| text.starts_with(prefix))
    };
    if namespaces.iter().all(|namespace| allowed(extraction.text(*namespace))) {
        return None;
    }
    let message = format!(
        "Access to the resource item could not be authorized based on the caller's NamespacePrefix claims: {}.",
        quoted(strategy.filters.iter().map(String::as_str))
    );
    Some(Refusal { message, hints: Vec::new() })
}

/// Each character by its simple upper case, as .NET's ordinal comparison without case does. Characters whose upper
/// case is longer than one stay as they are.
fn upper(text: &str) -> Vec<char> {
    text.chars()
        .map(|c| {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                // .NET leaves the dotless i and the long s alone: their capitals are ASCII.
                (Some(single), None) if c.is_ascii() || !single.is_ascii() => single,
                _ => c,
            }
        })
        .collect()
}

/// What a test of one kind found.
enum Finding {
    Allowed,
    /// The document has no value of the kind: there is nothing that a hint could help with.
    Missing(&'static str),
    Refused {
        properties: Vec<String>,
        hint: Option<&'static str>,
    },
}

fn everything(strategy: &Strategy, operation: &Operation, claims: &impl Claims) -> Vec<Finding> {
    let has = operation.extraction.resource.securable;
    let mut findings = Vec::new();
    if has.education_organization {
        findings.push(education_organizations(strategy, operation, claims));
    }
    for (has, test) in
        [(has.student, PersonTest::Student), (has.staff, PersonTest::Staff), (has.contact, PersonTest::Contact)]
    {
        if has {
            findings.push(person(test, strategy, operation, claims));
        }
    }
    findings
}

fn filter_ids(strategy: &Strategy) -> BTreeSet<i64> {
    strategy.filters.iter().filter_map(|filter| parse_int64(filter)).collect()
}

fn education_organizations(strategy: &Strategy, operation: &Operation, claims: &impl Claims) -> Finding {
    let organizations = &operation.extraction.security.education_organizations;
    if organizations.is_empty() {
        return Finding::Missing("EducationOrganizationId");
    }
    let filters = filter_ids(strategy);
    if organizations.iter().all(|o| claims.ancestors(o.id).iter().any(|id| filters.contains(id))) {
        return Finding::Allowed;
    }
    let mut properties: Vec<String> = Vec::new();
    for organization in organizations {
        let name = &operation.extraction.resource.property_names[usize::from(organization.property)];
        if !properties.iter().any(|known| **known == **name) {
            properties.push(name.to_string());
        }
    }
    Finding::Refused { properties, hint: None }
}

#[derive(Clone, Copy)]
enum PersonTest {
    Student,
    Responsibility,
    Staff,
    Contact,
}

impl PersonTest {
    fn facts(self) -> (PersonKind, &'static str, &'static str) {
        match self {
            Self::Student => (PersonKind::Student, "StudentUniqueId", HINT_STUDENT),
            Self::Responsibility => (PersonKind::Student, "StudentUniqueId", HINT_RESPONSIBILITY),
            Self::Staff => (PersonKind::Staff, "StaffUniqueId", HINT_STAFF),
            Self::Contact => (PersonKind::Contact, "ContactUniqueId", HINT_CONTACT),
        }
    }
}

fn person(test: PersonTest, strategy: &Strategy, operation: &Operation, claims: &impl Claims) -> Finding {
    let (kind, property, hint) = test.facts();
    let Some(person) = operation.extraction.first_person(kind) else { return Finding::Missing(property) };
    let arrays = claims.arrays(kind, person);
    let array = if matches!(test, PersonTest::Responsibility) { arrays.responsibility } else { arrays.main };
    let filters = filter_ids(strategy);
    let meets = array.as_deref().is_some_and(|json| array_ids(json).any(|id| filters.contains(&id)));
    if meets { Finding::Allowed } else { Finding::Refused { properties: vec![property.to_owned()], hint: Some(hint) } }
}

/// The ids of a JSON array of ids as texts (or numbers).
fn array_ids(json: &str) -> impl Iterator<Item = i64> + '_ {
    json.split(|c: char| matches!(c, '[' | ']' | ',' | '"') || c.is_whitespace()).filter_map(|text| text.parse().ok())
}

fn relationship_refusal(strategy: &Strategy, findings: Vec<Finding>) -> Option<Refusal> {
    let (mut missing, mut refused, mut hints) = (Vec::new(), Vec::new(), Vec::new());
    for finding in findings {
        match finding {
            Finding::Allowed => {}
            Finding::Missing(property) => missing.push(property),
            Finding::Refused { properties, hint } => {
                refused.extend(properties);
                hints.extend(hint);
            }
        }
    }
    let message = if !missing.is_empty() {
        let noun = if missing.len() == 1 { "property" } else { "properties" };
        format!(
            "No {} {noun} could be found on the resource in order to perform authorization. Should a different \
             authorization strategy be used?",
            quoted(missing.into_iter())
        )
    } else if !refused.is_empty() {
        let claims = quoted(strategy.filters.iter().map(String::as_str));
        let start = "No relationships have been established between the caller's education organization id claims";
        match &refused[..] {
            [name] => format!("{start} ({claims}) and the resource item's {name} value."),
            names => format!(
                "{start} ({claims}) and one or more of the following properties of the resource item: {}.",
                quoted(names.iter().map(String::as_str))
            ),
        }
    } else {
        return None;
    };
    Some(Refusal { message, hints })
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::tests::operations::{Builder, operation};

    /// Person → the organizations of its array.
    struct Granted(BTreeMap<&'static str, &'static str>);

    impl Claims for Granted {
        fn ancestors(&self, organization: i64) -> Cow<'_, [i64]> {
            Cow::Owned(vec![organization])
        }

        fn arrays(&self, _: PersonKind, person: &str) -> Arrays {
            Arrays { main: self.0.get(person).map(|ids| (*ids).to_owned()), responsibility: None }
        }
    }

    fn strategy(name: &str, operator: Operator, filter: &str) -> Strategy {
        Strategy { name: name.to_owned(), operator, filters: vec![filter.to_owned()] }
    }

    fn decide(operation: &Operation, strategies: &[Strategy]) -> &'static str {
        let granted = Granted([("granted", r#"["4", "255"]"#)].into());
        authorize(operation, strategies, &granted).map_or_else(|outcome| outcome.kind().as_str(), |()| "allowed")
    }

    fn built(builder: Builder) -> Operation {
        (*builder.build().operation).clone()
    }

    #[test]
    fn a_missing_kind_has_no_hint_and_a_failing_one_beside_it_has() {
        let mut operation = built(operation(0, "a").student("s").contact("c"));
        operation.extraction.security.students.clear();
        let strategies = [strategy("RelationshipsWithEdOrgsAndPeople", Operator::Or, "4")];
        let refused = authorize(&operation, &strategies, &Granted(BTreeMap::new()));
        let Err(Outcome::NotAuthorized { messages, hints }) = refused else { panic!("{refused:?}") };
        assert!(messages[0].starts_with("No 'StudentUniqueId' property could be found"), "{messages:?}");
        assert_eq!(hints, [HINT_CONTACT]);
    }

    #[test]
    fn every_and_must_allow_and_one_or_suffices() {
        let student = built(operation(0, "a").student("granted"));
        let of = |operator, filter| strategy("RelationshipsWithStudentsOnly", operator, filter);
        for (strategies, word) in [
            (vec![], "allowed"),
            (vec![of(Operator::Or, "4")], "allowed"),
            (vec![of(Operator::Or, "5")], "not_authorized"),
            (vec![of(Operator::Or, "5"), of(Operator::Or, "255")], "allowed"),
            (vec![of(Operator::And, "4"), of(Operator::And, "5")], "not_authorized"),
            (vec![of(Operator::And, "5"), of(Operator::Or, "4")], "not_authorized"),
            (vec![of(Operator::And, "4"), of(Operator::Or, "5")], "not_authorized"),
            (vec![of(Operator::And, "4"), of(Operator::Or, "4")], "allowed"),
        ] {
            assert_eq!(decide(&student, &strategies), word, "{strategies:?}");
        }
    }

    #[test]
    fn an_unknown_strategy_never_allows_whatever_stands_beside_it() {
        let student = built(operation(0, "a").student("granted"));
        let unknown = |operator| strategy("OwnershipBased", operator, "4");
        let allows = strategy("NoFurtherAuthorizationRequired", Operator::Or, "");
        for operator in [Operator::Or, Operator::And] {
            assert_eq!(decide(&student, &[unknown(operator)]), "failed");
            assert_eq!(decide(&student, &[allows.clone(), unknown(operator)]), "failed");
        }
    }

    /// What .NET's ordinal comparison without case takes for equal, and what not.
    #[test]
    fn upper_case_goes_by_single_characters() {
        for (one, other, equal) in [
            ("abcé", "ABCÉ", true),
            ("ς", "σ", true),
            ("µ", "μ", true),
            ("ß", "SS", false),
            ("ı", "I", false),
            ("ſ", "S", false),
            ("𐐨", "𐐀", true),
        ] {
            assert_eq!(upper(one) == upper(other), equal, "{one} {other}");
        }
    }
}
