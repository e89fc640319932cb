//! Documents that refer to each other in a circle, written together: the one thing that a serial run cannot do by itself. What
//! they refer to among each other counts as present. A member that is refused brings nothing, and takes with it those that
//! counted on it; one that the database refuses takes all that would have been written.

use std::collections::{BTreeMap, BTreeSet};

use laneway_model::{Operation, Outcome, ReferentialId};

use crate::refusal::Refusal;
use crate::tables::Model;

impl Model {
    /// Upserts the members of one circle; one outcome for each. A single operation is upserted as by itself.
    pub fn upsert_together(&mut self, members: &[&Operation]) -> Vec<Outcome> {
        // What repeats the identity of one before it is written behind the others, and the circle does not count on it.
        let mut seen = BTreeSet::new();
        let counted = members.iter().take_while(|member| !repeats(member, &mut seen)).count();
        let (together, behind) = members.split_at(counted);
        let mut outcomes = self.upsert_circle(together);
        outcomes.extend(behind.iter().map(|member| self.upsert(member)));
        outcomes
    }

    fn upsert_circle(&mut self, members: &[&Operation]) -> Vec<Outcome> {
        let before = self.clone();
        let mut refused: BTreeMap<usize, Outcome> = BTreeMap::new();
        loop {
            let present = members.iter().enumerate().filter(|(at, _)| !refused.contains_key(at));
            let expected: BTreeSet<ReferentialId> =
                present.flat_map(|(_, member)| member.extraction.own_ids()).collect();
            let results: Vec<Result<Outcome, Refusal>> = members
                .iter()
                .enumerate()
                .map(|(at, member)| match refused.get(&at) {
                    Some(outcome) => Ok(outcome.clone()),
                    None => self.upsert_expecting(member, &expected),
                })
                .collect();
            let refuses = |(at, result): (usize, &Result<Outcome, Refusal>)| match result {
                Err(refusal) if !matches!(refusal, Refusal::Sql(_)) => {
                    Some((at, refusal.clone().outcome(&members[at].extraction)))
                }
                _ => None,
            };
            let further = results.iter().enumerate().filter_map(refuses);
            // What is refused when it is written is so only where nothing before that refuses it.
            let (writing, before_writing): (BTreeMap<usize, Outcome>, BTreeMap<usize, Outcome>) =
                further.partition(|(_, outcome)| {
                    matches!(outcome, Outcome::IdentityConflict { .. } | Outcome::InvalidDocument { .. })
                });
            let further = if before_writing.is_empty() { writing } else { before_writing };
            if further.is_empty() {
                return self.whole(before, members, &refused, results);
            }
            refused.extend(further);
            *self = before.clone();
        }
    }

    /// What the database refuses in one member, it refuses in all that are written with it.
    fn whole(
        &mut self,
        before: Self,
        members: &[&Operation],
        refused: &BTreeMap<usize, Outcome>,
        results: Vec<Result<Outcome, Refusal>>,
    ) -> Vec<Outcome> {
        let Some(refusal) = results.iter().find_map(|result| result.clone().err()) else {
            return results.into_iter().flatten().collect();
        };
        *self = before;
        let outcome = |(at, result): (usize, Result<Outcome, Refusal>)| match result {
            Ok(outcome) if refused.contains_key(&at) || self.is_unchanged(members[at]) => outcome,
            _ => refusal.clone().outcome(&members[at].extraction),
        };
        results.into_iter().enumerate().map(outcome).collect()
    }
}

/// Whether an identity of the operation is one of those before it.
fn repeats(operation: &Operation, seen: &mut BTreeSet<ReferentialId>) -> bool {
    operation.extraction.own_ids().filter(|id| !seen.insert(*id)).count() > 0
}
