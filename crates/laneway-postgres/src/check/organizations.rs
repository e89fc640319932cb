//! The hierarchy as a whole: cycles, rows without documents, and the lookup of what is below each organization. Pure.

use std::collections::{BTreeMap, BTreeSet};

use laneway_core::store::Organization;
use serde_json::{Value as Json, json};

use super::arrays::Verdict;
use super::difference::{Difference, DifferenceKind};
use super::facts::Past;
use super::findings::Findings;
use super::ids::{self, Ids};
use super::session::StoredOrganization;

const HIERARCHY: &str = "educationorganizationhierarchy";
const LOOKUP: &str = "educationorganizationhierarchytermslookup";

/// Compares a page of organizations; `lines` has what is above each.
pub(super) fn compare(
    organizations: &[StoredOrganization],
    lines: &BTreeMap<i64, Organization>,
    past: &Past,
    findings: &mut Findings,
) {
    for organization in organizations {
        let subject = format!("organization {}", organization.id);
        findings.differences.extend(lines.get(&organization.id).and_then(cycle));
        if !organization.has_document {
            // A plain DELETE of the document leaves it; it goes on granting access and keeps the id taken.
            findings.differences.push(Difference::between(HIERARCHY, Some(json!("a row")), None).about(&subject));
        }
        let Some(lookup) = &organization.lookup else {
            let expected = Some(ids::list(&organization.below));
            findings.differences.push(Difference::between(LOOKUP, None, expected).about(&subject));
            continue;
        };
        let verdict = judge_lookup(organization, lookup, past);
        if verdict == Verdict::Differs {
            findings.questions.organizations.extend(strays(organization, lookup));
        }
        findings.judge(verdict, LOOKUP, || lookup_difference(organization, lookup).about(&subject));
    }
}

/// The way from an organization on a cycle back to itself: of all on the cycle the one with the lowest id stands for it.
fn cycle(line: &Organization) -> Option<Difference> {
    let (first, rest) = line.ancestors.split_first().filter(|_| line.cyclic)?;
    let back = rest.iter().position(|id| id == first)?;
    let is_lowest = rest[..back].iter().all(|id| id > first);
    let way: Vec<i64> = line.ancestors[..=back + 1].to_vec();
    is_lowest.then(|| Difference {
        stored: json!(way),
        ..Difference::new(DifferenceKind::Cycle, HIERARCHY).about(format!("organization {first}"))
    })
}

/// What the lookup has too many or too few.
fn strays(organization: &StoredOrganization, lookup: &Ids) -> BTreeSet<i64> {
    lookup.symmetric_difference(&organization.below).filter_map(|text| ids::number(text)).collect()
}

/// The triggers keep the lookup where an organization is inserted or moved from one parent to another; from and to none they
/// do not, nor do they take along what is below it.
fn judge_lookup(organization: &StoredOrganization, lookup: &Ids, past: &Past) -> Verdict {
    if *lookup == organization.below {
        return Verdict::Fits;
    }
    let strays = strays(organization, lookup);
    let are_all_known = strays.len() == lookup.symmetric_difference(&organization.below).count();
    let keeps_itself = lookup.contains(&ids::id(organization.id));
    let was_moved = |id: &i64| past.rewritten.contains_key(id);
    if are_all_known && keeps_itself && strays.iter().all(was_moved) { Verdict::History } else { Verdict::Differs }
}

/// Elements only: the lookup of a state's agency has all of its schools.
fn lookup_difference(organization: &StoredOrganization, lookup: &Ids) -> Difference {
    let only = |one: &Ids, other: &Ids| -> Json { ids::list(&one.difference(other).cloned().collect()) };
    Difference::between(
        LOOKUP,
        Some(json!({ "only": only(lookup, &organization.below) })),
        Some(json!({ "only": only(&organization.below, lookup) })),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(lookup: &str, past: &Past) -> Findings {
        let organization = StoredOrganization {
            id: 10,
            below: ids::ids(r#"["10","1","2"]"#),
            lookup: Some(ids::ids(lookup)),
            has_document: true,
        };
        let mut findings = Findings::default();
        compare(&[organization], &BTreeMap::new(), past, &mut findings);
        findings
    }

    #[test]
    fn the_lookup_has_all_that_is_below() {
        let moved = Past { rewritten: [(2, 5), (3, 5)].into(), ..Past::default() };
        assert!(findings(r#"["2","1","10"]"#, &Past::default()).differences.is_empty());
        for lookup in [r#"["10","1"]"#, r#"["10","1","2","3"]"#] {
            assert_eq!(findings(lookup, &Past::default()).differences.len(), 1);
            assert_eq!(findings(lookup, &moved).history, [LOOKUP]);
        }
        for lookup in [r#"["10"]"#, r#"["1","2"]"#, r#"["10","1","2","x"]"#, "[]"] {
            assert_eq!(findings(lookup, &moved).differences.len(), 1, "{lookup}");
        }
    }

    #[test]
    fn a_cycle_is_listed_once() {
        let line = |ancestors: &[i64], cyclic| Organization { row: 0, ancestors: ancestors.to_vec(), cyclic };
        assert!(cycle(&line(&[1, 2, 3, 1], true)).is_some());
        assert!(cycle(&line(&[2, 3, 1, 2], true)).is_none());
        assert!(cycle(&line(&[0, 1, 2, 1], true)).is_none(), "below a cycle, not on it");
        assert!(cycle(&line(&[5, 5], true)).is_some());
        assert!(cycle(&line(&[1, 2], false)).is_none());
    }
}
