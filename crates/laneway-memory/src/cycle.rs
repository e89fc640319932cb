//! Documents that refer to each other in a circle, written together: the one thing that a serial run cannot do by itself. What
//! they refer to among each other counts as present. A member that is refused brings nothing, and takes with it those that
//! counted on it; one that the database refuses takes all that would have been written.

use std::collections::{BTreeMap, BTreeSet};

use laneway_model::{Operation, Outcome, ReferentialId};

use crate::refusal::Refusal;
use crate::tables::Model;

/// What became of a member of a circle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its outcome.
    pub outcome: Outcome,
    /// The identities that counted as present when it was decided.
    pub counted: BTreeSet<ReferentialId>,
    /// Whether it ends so only because another member, which is refused itself, was to be written with it.
    pub rests_on_refused: bool,
}

/// One try to write the members that are not refused yet.
struct Attempt {
    counted: BTreeSet<ReferentialId>,
    results: Vec<Result<Outcome, Refusal>>,
    /// Those refused before that would be so again.
    stands: BTreeSet<usize>,
}

impl Model {
    /// Upserts the members of one circle; what became of each. A single operation is upserted as by itself.
    pub fn upsert_together(&mut self, members: &[&Operation]) -> Vec<Member> {
        // What repeats the identity of one before it is written behind the others, and the circle does not count on it.
        let mut seen = BTreeSet::new();
        let count = members.iter().take_while(|member| !repeats(member, &mut seen)).count();
        let (together, behind) = members.split_at(count);
        let mut written = self.upsert_circle(together);
        written.extend(behind.iter().map(|member| Member::alone(self.upsert(member))));
        written
    }

    fn upsert_circle(&mut self, members: &[&Operation]) -> Vec<Member> {
        let before = self.clone();
        let mut refused: BTreeMap<usize, Member> = BTreeMap::new();
        loop {
            let attempt = self.attempt(members, &refused);
            let further = attempt.refused(members);
            if further.is_empty() {
                return self.whole(before, members, &refused, attempt);
            }
            refused.extend(further);
            *self = before.clone();
        }
    }

    fn attempt(&mut self, members: &[&Operation], refused: &BTreeMap<usize, Member>) -> Attempt {
        let present = members.iter().enumerate().filter(|(at, _)| !refused.contains_key(at));
        let counted: BTreeSet<ReferentialId> = present.flat_map(|(_, member)| member.extraction.own_ids()).collect();
        let mut stands = BTreeSet::new();
        let upsert = |(at, member): (usize, &&Operation)| {
            if let Some(refused) = refused.get(&at) {
                // What took part when it was refused may have been refused since.
                stands.extend((self.outcome_counting(member, &refused.counted) == refused.outcome).then_some(at));
                return Ok(refused.outcome.clone());
            }
            let result = self.upsert_expecting(member, &counted);
            if let Err(Refusal::Sql(_)) = result {
                // That the database refuses it is found out when all are written: behind what the rules refuse, and the others are
                // decided as if it were.
                let accepted = Operation { document: "{}".into(), ..Operation::clone(member) };
                let rules = self.upsert_expecting(&accepted, &counted).err();
                let rules = rules.filter(|refusal| !matches!(refusal, Refusal::Sql(_)) && members.len() > 1);
                return rules.map_or(result, Err);
            }
            result
        };
        let results = members.iter().enumerate().map(upsert).collect();
        Attempt { counted, results, stands }
    }

    /// What the database refuses in one member, it refuses in all that are written with it.
    fn whole(
        &mut self,
        before: Self,
        members: &[&Operation],
        refused: &BTreeMap<usize, Member>,
        attempt: Attempt,
    ) -> Vec<Member> {
        let Attempt { counted, results, stands } = attempt;
        let refusal = results.iter().enumerate().find_map(|(at, result)| Some((at, result.clone().err()?)));
        if refusal.is_some() {
            *self = before;
        }
        let member = |(at, result): (usize, Result<Outcome, Refusal>)| {
            if let Some(member) = refused.get(&at) {
                let rests_on_refused = !stands.contains(&at) || (refusal.is_some() && member.is_refused_when_written());
                return Member { rests_on_refused, ..member.clone() };
            }
            let (extraction, counted) = (&members[at].extraction, counted.clone());
            match &refusal {
                // What is unchanged is not written.
                Some((offender, refusal)) if !self.is_unchanged(members[at]) => {
                    Member { outcome: refusal.clone().outcome(extraction), counted, rests_on_refused: at != *offender }
                }
                _ => Member {
                    outcome: result.unwrap_or_else(|refusal| refusal.outcome(extraction)),
                    counted,
                    rests_on_refused: false,
                },
            }
        };
        results.into_iter().enumerate().map(member).collect()
    }
}

impl Attempt {
    /// Those that the rules refuse now. What is refused when it is written is so only where nothing before that refuses it.
    fn refused(&self, members: &[&Operation]) -> BTreeMap<usize, Member> {
        let refuses = |(at, result): (usize, &Result<Outcome, Refusal>)| match result {
            Err(refusal) if !matches!(refusal, Refusal::Sql(_)) => {
                let outcome = refusal.clone().outcome(&members[at].extraction);
                Some((at, Member { outcome, counted: self.counted.clone(), rests_on_refused: false }))
            }
            _ => None,
        };
        let refused = self.results.iter().enumerate().filter_map(refuses);
        let (writing, before_writing): (BTreeMap<usize, Member>, BTreeMap<usize, Member>) =
            refused.partition(|(_, member)| member.is_refused_when_written());
        if before_writing.is_empty() { writing } else { before_writing }
    }
}

impl Member {
    fn alone(outcome: Outcome) -> Self {
        Self { outcome, counted: BTreeSet::new(), rests_on_refused: false }
    }

    fn is_refused_when_written(&self) -> bool {
        matches!(self.outcome, Outcome::IdentityConflict { .. } | Outcome::InvalidDocument { .. })
    }
}

/// Whether an identity of the operation is one of those before it.
fn repeats(operation: &Operation, seen: &mut BTreeSet<ReferentialId>) -> bool {
    operation.extraction.own_ids().filter(|id| !seen.insert(*id)).count() > 0
}
