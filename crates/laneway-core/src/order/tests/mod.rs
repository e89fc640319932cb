//! The rule of batches: a few examples, and every batch of four against an oracle that is written from the rule.

mod four;
mod oracle;

use laneway_model::ReferentialId;
use uuid::Uuid;

use super::isolation::{Bounds, Isolation, Part, parts};
use super::*;
use crate::run::Persons;

/// An operation as the rule sees it; identities are numbers.
#[derive(Clone, Default, Debug)]
struct Op {
    own: Vec<u8>,
    refs: Vec<u8>,
    isolated: bool,
    locks: usize,
    /// Whether it may stand in a run.
    runs: bool,
}

fn id(n: u8) -> ReferentialId {
    ReferentialId(Uuid::from_u128(u128::from(n)))
}

impl Ordered for Op {
    fn own_ids(&self) -> impl Iterator<Item = ReferentialId> {
        self.own.iter().map(|n| id(*n))
    }
    fn referenced_ids(&self) -> impl Iterator<Item = ReferentialId> {
        self.refs.iter().map(|n| id(*n))
    }
}

impl Isolation for Op {
    fn is_isolated(&self) -> bool {
        self.isolated
    }
    fn locks_max(&self) -> usize {
        self.locks
    }
    fn run(&self) -> Option<Persons<'_>> {
        self.runs.then(Persons::default)
    }
}

/// Units of operations given by own and referenced identities.
fn units(operations: &[(&[u8], &[u8])]) -> Vec<Vec<usize>> {
    let op = |(own, refs): &(&[u8], &[u8])| Op { own: own.to_vec(), refs: refs.to_vec(), ..Op::default() };
    BatchOrder::of(&operations.iter().map(op).collect::<Vec<_>>()).units
}

#[test]
fn independent_operations_keep_the_order_of_acceptance() {
    assert_eq!(units(&[(&[1], &[]), (&[2], &[9]), (&[3], &[])]), [[0], [1], [2]]);
}

#[test]
fn an_operation_stands_behind_what_it_refers_to() {
    assert_eq!(units(&[(&[1], &[3]), (&[2], &[]), (&[3], &[])]), [[1], [2], [0]]);
    assert_eq!(units(&[(&[1], &[2]), (&[2], &[3]), (&[3], &[])]), [[2], [1], [0]]);
}

#[test]
fn a_reference_to_a_superclass_identity_counts() {
    assert_eq!(units(&[(&[1], &[20]), (&[2, 20], &[])]), [[1], [0]]);
}

#[test]
fn one_identity_keeps_its_order() {
    assert_eq!(units(&[(&[1], &[2]), (&[1], &[]), (&[2], &[])]), [[2], [0], [1]]);
}

#[test]
fn a_cycle_is_one_unit_and_a_self_reference_is_none() {
    assert_eq!(units(&[(&[1], &[2]), (&[3], &[]), (&[2], &[1])]), [vec![0, 2], vec![1]]);
    assert_eq!(units(&[(&[1], &[1]), (&[2], &[])]), [[0], [1]]);
}

#[test]
fn an_operation_that_repeats_an_identity_stands_last_in_its_cycle() {
    assert_eq!(units(&[(&[1], &[2]), (&[1], &[2]), (&[2], &[1])]), [[0, 2, 1]]);
}
