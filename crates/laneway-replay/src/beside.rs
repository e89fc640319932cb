//! Which steps of a case the service's own statements take, in sessions beside Laneway's, and what runs at the same time. Pure;
//! the same seed gives the same plan.

use std::collections::{BTreeMap, VecDeque};

use fastrand::Rng;
use laneway_core::order::Ordered;
use laneway_model::{DocumentUuid, ReferentialId};

use crate::case::{Action, Case};
use crate::plan::{Batch, are_apart, lanes};
use crate::prepared::Prepared;
use crate::step_outcome::StepOutcome;

/// What a step is about.
#[derive(Clone, Default, Debug)]
struct Place {
    own: Vec<ReferentialId>,
    references: Vec<ReferentialId>,
}

impl Ordered for Place {
    fn own_ids(&self) -> impl Iterator<Item = ReferentialId> {
        self.own.iter().copied()
    }

    fn referenced_ids(&self) -> impl Iterator<Item = ReferentialId> {
        self.references.iter().copied()
    }
}

/// What runs at the same time.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Wave {
    /// Laneway's batches, by steps.
    pub(crate) batches: Vec<Batch>,
    /// The steps of the service's statements, each in a session of its own.
    pub(crate) service: Vec<usize>,
}

/// The upserts that the service takes as updates by id: of those that found their document, at random. It does not authorize.
pub(crate) fn updates(case: &Case, steps: &[Prepared], random: &mut Rng) -> BTreeMap<usize, DocumentUuid> {
    let by_id = |(step, prepared): (usize, &Prepared)| match (prepared, &case.steps[step].outcome) {
        (Prepared::Upsert(operation), Some(StepOutcome::Updated { document_uuid }))
            if operation.authorization.is_none() && random.bool() =>
        {
            Some((step, DocumentUuid(*document_uuid)))
        }
        _ => None,
    };
    steps.iter().enumerate().filter_map(by_id).collect()
}

/// The waves, in order of running. A statement of the service's waits for what is before it on its identity, and may meet what is
/// behind it.
pub(crate) fn waves(
    case: &Case,
    steps: &[Prepared],
    updates: &BTreeMap<usize, DocumentUuid>,
    random: &mut Rng,
) -> Vec<Wave> {
    let places: Vec<Place> = (0..steps.len()).map(|step| place(case, steps, step)).collect();
    let is_services = |step: &usize| matches!(steps[*step], Prepared::Delete(_)) || updates.contains_key(step);
    let (service, ours): (Vec<usize>, Vec<usize>) = (0..steps.len())
        .filter(|step| !matches!(steps[*step], Prepared::Refused(_)))
        .partition(|step| is_services(step));
    cut(&places, &ours, service, random)
}

/// A delete is about the identities that its document may have been given.
fn place(case: &Case, steps: &[Prepared], step: usize) -> Place {
    match &steps[step] {
        Prepared::Refused(_) => Place::default(),
        Prepared::Upsert(operation) => {
            Place { own: operation.own_ids().collect(), references: operation.referenced_ids().collect() }
        }
        Prepared::Delete(uuid) => {
            let names = |action: &Action| matches!(action, Action::Upsert(upsert) if upsert.document_uuid == uuid.0);
            let named = case.steps.iter().zip(steps).filter(|(step, _)| names(&step.action));
            let own = named.flat_map(|(_, prepared)| match prepared {
                Prepared::Upsert(operation) => operation.own_ids().collect(),
                _ => Vec::new(),
            });
            Place { own: own.collect(), references: Vec::new() }
        }
    }
}

fn cut(places: &[Place], ours: &[usize], mut service: Vec<usize>, random: &mut Rng) -> Vec<Wave> {
    let span: Vec<Place> = ours.iter().map(|step| places[*step].clone()).collect();
    let in_steps = |batch: Batch| batch.into_iter().map(|index| ours[index]).collect::<Batch>();
    let mut lanes: Vec<VecDeque<Batch>> =
        lanes(&span, random).into_iter().map(|lane| lane.into_iter().map(in_steps).collect()).collect();
    let shares = |one: usize, other: usize| places[one].own.iter().any(|id| places[other].own.contains(id));
    let mut left: Vec<usize> = ours.iter().chain(&service).copied().collect();
    left.sort_unstable();
    let mut waves = Vec::new();
    while let Some(&first) = left.first() {
        let mut wave = Wave::default();
        let is_ready = |step: usize| left.iter().take_while(|other| **other < step).all(|other| !shares(*other, step));
        wave.service.extend(service.iter().copied().filter(|step| is_ready(*step) && random.bool()));
        let waits = |batch: &Batch| {
            let not_yet = service.iter().filter(|step| !wave.service.contains(step));
            not_yet.into_iter().any(|step| batch.iter().any(|other| step < other && shares(*step, *other)))
        };
        let mut order: Vec<usize> = (0..lanes.len()).collect();
        random.shuffle(&mut order);
        let mut batches: Vec<Batch> = Vec::new();
        for lane in order {
            let Some(batch) = lanes[lane].front().filter(|batch| !waits(batch)) else { continue };
            let joins =
                batches.is_empty() || (random.bool() && batches.iter().all(|other| are_apart(places, batch, other)));
            if joins {
                batches.extend(lanes[lane].pop_front());
            }
        }
        wave.batches = batches;
        if wave == Wave::default() {
            // Each waits for another: the first of all goes on, whatever its batch carries beside it.
            match lanes.iter_mut().find(|lane| lane.front().is_some_and(|batch| batch.contains(&first))) {
                Some(lane) => wave.batches.extend(lane.pop_front()),
                None => wave.service.push(first),
            }
        }
        let runs =
            |step: &usize| wave.service.contains(step) || wave.batches.iter().flatten().any(|other| other == step);
        left.retain(|step| !runs(step));
        service.retain(|step| !runs(step));
        waves.push(wave);
    }
    waves
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    /// Steps on six identities; every third is the service's.
    fn places() -> Vec<Place> {
        let id = |n: usize| ReferentialId(Uuid::from_u128(n as u128));
        (0..24).map(|n| Place { own: vec![id(n % 6)], references: vec![id((n + 1) % 6)] }).collect()
    }

    #[test]
    fn the_services_statements_run_once_beside_batches_and_behind_what_is_before_them() {
        let places = places();
        let (service, ours): (Vec<usize>, Vec<usize>) = (0..24).partition(|step| step % 3 == 2);
        let mut beside = 0;
        for seed in 0..200 {
            let plan = || cut(&places, &ours, service.clone(), &mut Rng::with_seed(seed));
            let waves = plan();
            assert_eq!(waves, plan(), "the same again");
            let mut done: Vec<usize> = Vec::new();
            for wave in &waves {
                assert!(wave.service.iter().all(|step| service.contains(step)), "seed {seed}: {wave:?}");
                let before = |step: usize| (0..step).filter(|other| places[*other].own == places[step].own).collect();
                for step in &wave.service {
                    let before: Vec<usize> = before(*step);
                    assert!(before.iter().all(|other| done.contains(other)), "seed {seed}: {step} in {waves:?}");
                }
                beside += usize::from(!wave.service.is_empty() && !wave.batches.is_empty());
                done.extend(wave.batches.iter().flatten().chain(&wave.service));
            }
            done.sort_unstable();
            assert_eq!(done, (0..24).collect::<Vec<_>>(), "seed {seed}: each step once");
        }
        assert!(beside > 200, "{beside} waves had both");
    }
}
