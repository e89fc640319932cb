//! The project's own data set, seen by those who were not asked when it was made: the plugins, the evaluator.

use std::collections::{BTreeSet, HashMap};

use laneway_model::OutcomeKind;
use laneway_sample::{Account, Detail, Document, SCHEMAS, Settings, generate};
use laneway_schema::Layout;
use laneway_tests::evaluator::Evaluator;
use serde_json::{Value, json};

use crate::extraction::{Compiled, assert_none};

fn schemas() -> Vec<Vec<u8>> {
    SCHEMAS.iter().map(|schema| schema.text.as_bytes().to_vec()).collect()
}

/// Everything at once: updates, forward references, faults.
fn mixed() -> Settings {
    Settings { documents: 4_000, seed: 42, updates: 0.2, forward: 0.1, invalid: 0.1, ..Settings::default() }
}

#[test]
fn compiled_plugins_agree_with_the_evaluator_on_the_sample() {
    let (evaluator, mut compiled) = (Evaluator::new(&schemas()), Compiled::new(&schemas(), Layout::PerResource));
    let mut differences = Vec::new();
    let mut count = 0;
    for document in generate(&mixed()).unwrap() {
        count += 1;
        let Document { project, endpoint, body, .. } = &document;
        let expected = evaluator.evaluate(project, endpoint, body).unwrap_or_else(|code| json!({ "error": code }));
        let found = compiled.extract(project, endpoint, body);
        if expected != found {
            differences.push(format!("{endpoint} {body}: expected {expected}, found {found}"));
        }
    }
    assert_none(&differences, count);
    assert_eq!(count, 4_000, "the documents asked for");
}

#[test]
fn the_sample_is_refused_by_extraction_where_it_says_so() {
    let evaluator = Evaluator::new(&schemas());
    for document in generate(&mixed()).unwrap() {
        let Document { project, endpoint, body, .. } = &document;
        let found = match evaluator.evaluate(project, endpoint, body) {
            Err("unknown-endpoint") => Some(OutcomeKind::UnknownResource),
            Err(_) => Some(OutcomeKind::InvalidDocument),
            Ok(_) => None,
        };
        let expected = Some(document.outcome)
            .filter(|outcome| matches!(outcome, OutcomeKind::UnknownResource | OutcomeKind::InvalidDocument));
        assert_eq!(found, expected, "{:?}: {endpoint} {body}", document.fault);
    }
}

/// What one stored document leaves in the store, by the evaluator.
#[derive(Default)]
struct Left {
    aliases: u64,
    references: u64,
    students: u64,
    contacts: u64,
    staff: u64,
    organizations: u64,
}

impl Left {
    fn by(extraction: &Value) -> Self {
        let ids = |name: &str| {
            extraction[name].as_array().unwrap().iter().map(|reference| reference["referentialId"].clone())
        };
        let references: BTreeSet<String> =
            ids("documentReferences").chain(ids("descriptorReferences")).map(|id| id.to_string()).collect();
        let person = |name: &str| u64::from(!extraction["securityElements"][name].as_array().unwrap().is_empty());
        Self {
            aliases: 1 + u64::from(!extraction["superclass"].is_null()),
            references: references.len() as u64,
            students: person("student"),
            contacts: person("contact"),
            staff: person("staff"),
            organizations: u64::from(extraction["educationOrganizationHierarchy"]["isIn"] == true),
        }
    }
}

#[test]
fn the_account_agrees_with_the_evaluator() {
    for settings in [mixed(), Settings { documents: 4_000, ..Settings::default() }] {
        let evaluator = Evaluator::new(&schemas());
        let mut documents: HashMap<String, Left> = HashMap::new();
        for document in generate(&settings).unwrap().filter(|document| document.fault.is_none()) {
            let extraction = evaluator.evaluate(document.project, document.endpoint, &document.body).unwrap();
            documents.insert(extraction["referentialId"].to_string(), Left::by(&extraction));
        }
        let sum = |count: fn(&Left) -> u64| documents.values().map(count).sum::<u64>();
        let account = Account::of(&settings, Detail::Counts).unwrap();
        for (table, expected) in [
            ("document", documents.len() as u64),
            ("document_authorization_arrays", documents.len() as u64),
            ("document_staff_arrays", documents.len() as u64),
            ("alias", sum(|left| left.aliases)),
            ("reference", sum(|left| left.references)),
            ("student_securable_document", sum(|left| left.students)),
            ("contact_securable_document", sum(|left| left.contacts)),
            ("staff_securable_document", sum(|left| left.staff)),
            ("education_organization_hierarchy", sum(|left| left.organizations)),
            ("hierarchy_terms_lookup", sum(|left| left.organizations)),
        ] {
            assert_eq!(account.tables[table].rows, expected, "{table}");
        }
    }
}
