//! From a span of operations and a way of cutting to batches. Pure; the same seed gives the same plan.

use std::collections::{BTreeMap, HashMap, VecDeque};

use fastrand::Rng;
use laneway_core::order::Ordered;
use laneway_model::ReferentialId;

use crate::cut::Cut;

/// The most lanes that a random plan deals operations to: more than run beside each other by default.
const LANES_MAX: usize = 4;
/// The most operations of a random plan's batch: small, so that a case of some twenty operations is cut in many ways.
const BATCH_MAX: usize = 8;

/// Positions in the span, in order of acceptance.
pub type Batch = Vec<usize>;

/// The batches, in order of running; those of one element run beside each other.
pub fn plan<T: Ordered>(span: &[T], cut: Cut, random: &mut Rng) -> Vec<Vec<Batch>> {
    match cut {
        Cut::Single | Cut::Each => (0..span.len()).map(|index| vec![vec![index]]).collect(),
        Cut::One => vec![vec![(0..span.len()).collect()]],
        // What runs beside the service's statements is planned elsewhere, over the whole case.
        Cut::Random(_) | Cut::Beside(_) => waves(span, lanes(span, random), random),
    }
}

/// Deals operations to lanes and cuts those. Operations that share an identity go to one lane: the router, too, keeps
/// their order.
pub(crate) fn lanes<T: Ordered>(span: &[T], random: &mut Rng) -> Vec<VecDeque<Batch>> {
    let count = random.usize(1..=LANES_MAX);
    let mut lane_of_group: BTreeMap<usize, usize> = BTreeMap::new();
    let mut dealt = vec![Vec::new(); count];
    for (index, group) in groups(span).into_iter().enumerate() {
        let lane = *lane_of_group.entry(group).or_insert_with(|| random.usize(0..count));
        dealt[lane].push(index);
    }
    dealt.into_iter().map(|lane| cut(&lane, random)).collect()
}

/// For each operation the first one that it shares an identity with, directly or through others.
fn groups<T: Ordered>(span: &[T]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..span.len()).collect();
    let mut owner: HashMap<ReferentialId, usize> = HashMap::new();
    for (index, operation) in span.iter().enumerate() {
        for id in operation.own_ids() {
            let other = *owner.entry(id).or_insert(index);
            let (one, other) = (group[index], group[other]);
            let (kept, gone) = (one.min(other), one.max(other));
            group.iter_mut().filter(|group| **group == gone).for_each(|group| *group = kept);
        }
    }
    group
}

fn cut(mut lane: &[usize], random: &mut Rng) -> VecDeque<Batch> {
    let mut batches = VecDeque::new();
    while !lane.is_empty() {
        let (batch, rest) = lane.split_at(random.usize(1..=BATCH_MAX).min(lane.len()));
        batches.push_back(batch.to_vec());
        lane = rest;
    }
    batches
}

/// Runs some of the lanes' next batches beside each other, as long as none refers to what another writes: whether it
/// is there yet is the dispatcher's business, not the executor's.
fn waves<T: Ordered>(span: &[T], mut lanes: Vec<VecDeque<Batch>>, random: &mut Rng) -> Vec<Vec<Batch>> {
    let mut waves = Vec::new();
    while lanes.iter().any(|lane| !lane.is_empty()) {
        let mut order: Vec<usize> = (0..lanes.len()).filter(|lane| !lanes[*lane].is_empty()).collect();
        random.shuffle(&mut order);
        let mut wave: Vec<Batch> = Vec::new();
        for lane in order {
            let Some(batch) = lanes[lane].front() else { continue };
            let joins = wave.is_empty() || (random.bool() && wave.iter().all(|other| are_apart(span, batch, other)));
            if joins {
                wave.extend(lanes[lane].pop_front());
            }
        }
        waves.push(wave);
    }
    waves
}

pub(crate) fn are_apart<T: Ordered>(span: &[T], one: &Batch, other: &Batch) -> bool {
    let own = |batch: &Batch| batch.iter().flat_map(|index| span[*index].own_ids()).collect::<Vec<_>>();
    let refers = |batch: &Batch, ids: &[ReferentialId]| {
        batch.iter().any(|index| span[*index].referenced_ids().any(|id| ids.contains(&id)))
    };
    !refers(one, &own(other)) && !refers(other, &own(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    /// Own ids, referenced ids.
    struct Op(Vec<u8>, Vec<u8>);

    fn id(n: &u8) -> ReferentialId {
        ReferentialId(Uuid::from_u128(u128::from(*n)))
    }

    impl Ordered for Op {
        fn own_ids(&self) -> impl Iterator<Item = ReferentialId> {
            self.0.iter().map(id)
        }
        fn referenced_ids(&self) -> impl Iterator<Item = ReferentialId> {
            self.1.iter().map(id)
        }
    }

    /// Twelve operations: identities 0..6 and superclass identity 9, each referring to the next identity.
    fn span() -> Vec<Op> {
        let own = |n: u8| if n.is_multiple_of(5) { vec![n % 6, 9] } else { vec![n % 6] };
        (0..12).map(|n| Op(own(n), vec![(n + 1) % 6])).collect()
    }

    #[test]
    fn plain_cuts_are_single_operations_or_one_batch() {
        let mut random = Rng::with_seed(0);
        let span = span();
        assert_eq!(plan(&span[..2], Cut::Each, &mut random), [[[0]], [[1]]]);
        assert_eq!(plan(&span[..2], Cut::Single, &mut random), [[[0]], [[1]]]);
        assert_eq!(plan(&span[..3], Cut::One, &mut random), [[[0, 1, 2]]]);
    }

    #[test]
    fn random_plans_keep_the_order_of_identities_and_run_only_what_is_apart_together() {
        let span = span();
        let (mut reordered, mut together) = (0, 0);
        for seed in 0..200 {
            let waves = plan(&span, Cut::Random(seed), &mut Rng::with_seed(seed));
            let order: Vec<usize> = waves.iter().flatten().flatten().copied().collect();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..12).collect::<Vec<_>>(), "each operation once");
            let shares = |a: usize, b: usize| span[a].0.iter().any(|id| span[b].0.contains(id));
            for (index, b) in order.iter().enumerate() {
                assert!(order[index..].iter().all(|a| a >= b || !shares(*a, *b)), "seed {seed}: {order:?}");
            }
            for wave in &waves {
                together += usize::from(wave.len() > 1);
                for (index, one) in wave.iter().enumerate() {
                    assert!(wave[index + 1..].iter().all(|other| are_apart(&span, one, other)), "seed {seed}");
                }
            }
            reordered += usize::from(order != sorted);
            assert_eq!(waves, plan(&span, Cut::Random(seed), &mut Rng::with_seed(seed)), "the same again");
        }
        assert!(reordered > 50 && together > 20, "{reordered} reordered, {together} together");
    }
}
