//! Properties that every generated data set has, checked document by document with the plain reading of
//! `schema`. (The runtime's and the database's view of the same documents is checked by the harness.)

use std::collections::{BTreeMap, HashMap, HashSet};

use laneway_model::{OutcomeKind, ReferentialId};
use proptest::prelude::*;

use crate::account::{Account, Detail};
use crate::documents::{Draft, Drafts};
use crate::fault::Fault;
use crate::kind::Kind;
use crate::schema::Vocabulary;
use crate::settings::Settings;

/// A store that knows identities only: what is there, and what each document refers to.
#[derive(Default)]
struct Identities {
    documents: HashMap<ReferentialId, Vec<ReferentialId>>,
    superclasses: HashSet<ReferentialId>,
}

impl Identities {
    fn has(&self, id: ReferentialId) -> bool {
        self.documents.contains_key(&id) || self.superclasses.contains(&id)
    }

    /// Takes a valid document, and returns what it refers to that is not there.
    fn take(&mut self, draft: &Draft) -> Vec<ReferentialId> {
        let found = Vocabulary::shared().resource(draft.project, draft.endpoint).read(&draft.body);
        let id = found.id.expect("an identity");
        assert_eq!(self.documents.contains_key(&id), draft.version > 0, "{}: {:?}", draft.endpoint, draft.body);
        if draft.version == 0 {
            let is_new = found.superclass_id.is_none_or(|superclass| self.superclasses.insert(superclass));
            assert!(is_new, "{}: {:?}", draft.endpoint, draft.body);
        }
        let missing = found.references.iter().copied().filter(|reference| !self.has(*reference)).collect();
        self.documents.insert(id, found.references.into_iter().collect());
        missing
    }
}

fn knobs() -> impl Strategy<Value = Settings> {
    let shares = (0.0..0.2_f64, 0.0..0.3_f64, 0.0..0.15_f64);
    let sizes = (0..3_000_u64, 0..15_u32, 0..2_000_u32);
    (any::<u64>(), sizes, shares, 50..95_u32, 1..200_u32).prop_map(
        |(seed, (documents, references, body_bytes), (forward, updates, invalid), skew, distance)| Settings {
            seed,
            documents,
            references,
            body_bytes,
            forward,
            updates,
            invalid,
            skew,
            distance,
        },
    )
}

fn drafts(settings: &Settings) -> impl Iterator<Item = Draft> {
    Drafts::new(settings)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn without_forward_references_everything_resolves_in_order(settings in knobs()) {
        let settings = Settings { forward: 0.0, ..settings };
        let mut identities = Identities::default();
        for draft in drafts(&settings).filter(|draft| draft.fault.is_none()) {
            prop_assert_eq!(identities.take(&draft), vec![], "{}: {:?}", draft.endpoint, draft.body);
        }
    }

    #[test]
    fn forward_references_are_as_many_as_asked_for_and_resolve_within_the_distance(settings in knobs()) {
        let mut identities = Identities::default();
        let mut waiting: BTreeMap<ReferentialId, usize> = BTreeMap::new();
        let mut forward = 0;
        for (position, draft) in drafts(&settings).filter(|draft| draft.fault.is_none()).enumerate() {
            let missing = identities.take(&draft);
            prop_assert!(missing.len() <= 1);
            forward += missing.len();
            waiting.extend(missing.into_iter().map(|id| (id, position)));
            waiting.retain(|id, since| {
                // Whatever else is due by then may come first, a few documents a position.
                assert!(position - *since <= 4 * settings.distance as usize + 100, "{id} is awaited since {since}");
                !identities.has(*id)
            });
        }
        prop_assert_eq!(waiting, BTreeMap::new());
        let wanted = (settings.documents as f64 * settings.forward).round() as usize;
        // A small set may have no documents that can carry them.
        prop_assert!(forward == wanted || settings.documents < 1_000, "{} of {}", forward, wanted);
    }

    #[test]
    fn a_set_has_the_documents_asked_for_in_files_of_their_order(settings in knobs()) {
        let homes: Vec<Kind> = drafts(&settings).map(|draft| draft.home).collect();
        prop_assert_eq!(homes.len() as u64, settings.documents);
        prop_assert!(homes.is_sorted());
    }

    #[test]
    fn versions_of_a_document_come_in_their_order_and_the_last_one_says_so(settings in knobs()) {
        let mut versions: HashMap<ReferentialId, (u64, bool)> = HashMap::new();
        for draft in drafts(&settings).filter(|draft| draft.fault.is_none()) {
            let id = Vocabulary::shared().resource(draft.project, draft.endpoint).id(&draft.body);
            let next = versions.get(&id).map_or(0, |(version, _)| version + 1);
            prop_assert_eq!(draft.version, next);
            versions.insert(id, (draft.version, draft.is_last));
        }
        prop_assert!(versions.values().all(|(_, is_last)| *is_last));
    }

    #[test]
    fn the_account_counts_what_is_there(settings in knobs()) {
        let account = Account::of(&settings, Detail::Counts).unwrap();
        let rows = |table: &str| account.tables[table].rows;
        let mut identities = Identities::default();
        let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
        for draft in drafts(&settings) {
            *outcomes.entry(draft.outcome().as_str()).or_default() += 1;
            if draft.fault.is_none() {
                identities.take(&draft);
            }
        }
        prop_assert_eq!(rows("document"), identities.documents.len() as u64);
        prop_assert_eq!(rows("alias"), (identities.documents.len() + identities.superclasses.len()) as u64);
        prop_assert_eq!(rows("reference"), identities.documents.values().map(|all| all.len() as u64).sum::<u64>());
        prop_assert_eq!(&account.outcomes, &outcomes);
        let inserted = outcomes.get(OutcomeKind::Inserted.as_str()).copied().unwrap_or(0);
        prop_assert_eq!(rows("document"), inserted);
        // Each pair of a student's contact and a student's enrollment is a row.
        prop_assert!(rows("contact_authorization") >= rows("student_contact_relation").min(rows("student_school_association_authorization")) || settings.documents < 1_000);
    }

    #[test]
    fn the_same_settings_give_the_same_lines_and_another_seed_others(settings in knobs()) {
        let lines = |settings: &Settings| -> Vec<String> {
            crate::generate(settings).unwrap().map(|document| document.line()).collect()
        };
        prop_assert_eq!(lines(&settings), lines(&settings));
        let other = Settings { seed: settings.seed.wrapping_add(1), ..settings.clone() };
        // Descriptors have nothing random about them.
        prop_assert!(settings.documents < 500 || lines(&settings) != lines(&other));
    }
}

/// Identities never stored stay missing, taken ones are taken: each fault is refused for its own reason.
#[test]
fn faulty_documents_are_wrong_in_their_own_way_only() {
    let settings = Settings { documents: 6_000, invalid: 0.2, updates: 0.1, forward: 0.1, ..Settings::default() };
    let mut stored = Identities::default();
    for draft in drafts(&settings).filter(|draft| draft.fault.is_none()) {
        stored.take(&draft);
    }
    let mut identities = Identities::default();
    let mut seen: BTreeMap<Fault, u64> = BTreeMap::new();
    for draft in drafts(&settings) {
        let Some(fault) = draft.fault else {
            identities.take(&draft);
            continue;
        };
        *seen.entry(fault).or_default() += 1;
        // No schema to read the one with, and no whole reference to read in the other.
        if matches!(fault, Fault::UnknownEndpoint | Fault::PartialReference) {
            continue;
        }
        let found = Vocabulary::shared().resource(draft.project, draft.endpoint).read(&draft.body);
        let missing_ever: Vec<_> = found.references.iter().filter(|id| !stored.has(**id)).collect();
        let missing_here: Vec<_> = found.references.iter().filter(|id| !identities.has(**id)).collect();
        match fault {
            Fault::MissingReference | Fault::MissingDescriptor => {
                assert_eq!((missing_ever.len(), missing_here.len()), (1, 1), "{:?}", draft.body);
            }
            _ => assert_eq!((missing_ever.len(), missing_here.len()), (0, 0), "{:?}", draft.body),
        }
        let is_taken = found.superclass_id.is_some_and(|id| identities.has(id));
        assert_eq!(is_taken, fault == Fault::IdentityTaken, "{:?}", draft.body);
        assert!(!stored.documents.contains_key(&found.id.expect("an identity")), "{:?}", draft.body);
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), Fault::ALL);
    assert_eq!(seen.values().sum::<u64>(), 1_200);
}

/// A staff member keeps a room and, from an update on, teaches in it.
#[test]
fn updates_make_mutual_pairs_and_inserts_make_none() {
    let settings = Settings { documents: 6_000, updates: 0.1, ..Settings::default() };
    let mutual = |versions: fn(&Draft) -> bool| {
        let mut identities = Identities::default();
        for draft in drafts(&settings).filter(versions) {
            identities.take(&draft);
        }
        let refers = |from: &ReferentialId, to: &ReferentialId| {
            identities.documents.get(from).is_some_and(|references| references.contains(to))
        };
        let all = identities.documents.iter();
        all.flat_map(|(id, references)| references.iter().map(move |other| (id, other)))
            .filter(|(id, other)| refers(other, id))
            .count()
    };
    assert_eq!(mutual(|draft| draft.version == 0), 0);
    // Each pair is found from both sides: a twentieth of the updates.
    assert_eq!(mutual(|_| true), 2 * 30);
}

#[test]
fn averages_are_those_asked_for() {
    for (references, body_bytes) in [(7, 1_000), (5, 600), (15, 3_000), (20, 20_000)] {
        let settings = Settings { documents: 6_000, references, body_bytes, ..Settings::default() };
        let (mut found, mut bytes) = (0, 0);
        for draft in drafts(&settings) {
            found += Vocabulary::shared().resource(draft.project, draft.endpoint).references_in(&draft.body);
            bytes += draft.document().body.len();
        }
        let close = |found: usize, wanted: u32| {
            let wanted = wanted as usize * 6_000;
            found.abs_diff(wanted) * 20 <= wanted
        };
        assert!(close(found, references), "{} references instead of {references}", found / 6_000);
        assert!(close(bytes, body_bytes), "{} bytes instead of {body_bytes}", bytes / 6_000);
    }
}

#[test]
fn skew_makes_some_schools_popular() {
    let share_of_first_fifth = |skew: u32| {
        let settings = Settings { documents: 20_000, skew, ..Settings::default() };
        let mut by_school: HashMap<u64, u64> = HashMap::new();
        for draft in drafts(&settings).filter(|draft| draft.kind == Kind::Enrollment) {
            let school = draft.body.part("schoolReference", "schoolId").parse().unwrap();
            *by_school.entry(school).or_default() += 1;
        }
        let mut counts: Vec<u64> = by_school.into_values().collect();
        counts.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
        counts.iter().take(16).sum::<u64>() * 100 / counts.iter().sum::<u64>()
    };
    let (even, skewed) = (share_of_first_fifth(50), share_of_first_fifth(80));
    assert!(even < 35, "{even} %");
    assert!(skewed > 70, "{skewed} %");
}
