//! Deadlocks in a wait-for graph: sets of operations that wait for nothing but each other. Knows neither lines nor
//! references.

use std::ops::ControlFlow;

use laneway_model::OperationId;

use crate::components::components;

/// What one operation waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::dispatcher) enum Progress {
    /// Nothing: it moves by itself.
    Active,
    /// For the operations put into the list.
    Waits,
}

/// Finds a deadlock that hinders `start`: a strongly connected set of waiting operations none of which waits for one
/// outside it. `None` as long as `start` waits, over however many steps, for an active operation: that one's
/// settlement moves something, and whatever it moves is looked at then.
///
/// No edge leaves the first component that is complete: the search ends there, or at the first active operation.
pub(in crate::dispatcher) fn find_deadlock(
    start: OperationId,
    mut waits_for: impl FnMut(OperationId, &mut Vec<OperationId>) -> Progress,
) -> Option<Vec<OperationId>> {
    let edges = |id, targets: &mut Vec<OperationId>| match waits_for(id, targets) {
        Progress::Active => ControlFlow::Break(None),
        Progress::Waits => ControlFlow::Continue(()),
    };
    components([start], edges, |members| ControlFlow::Break(Some(members))).break_value()?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn deadlock(start: u64, edges: &[(u64, u64)], active: &[u64]) -> Option<Vec<u64>> {
        let found = find_deadlock(OperationId(start), |id, targets| {
            if active.contains(&id.0) {
                return Progress::Active;
            }
            targets.extend(edges.iter().filter(|edge| edge.0 == id.0).map(|edge| OperationId(edge.1)));
            Progress::Waits
        });
        found.map(|ids| {
            let mut ids: Vec<u64> = ids.into_iter().map(|id| id.0).collect();
            ids.sort_unstable();
            ids
        })
    }

    #[test]
    fn a_chain_to_an_active_operation_is_no_deadlock() {
        assert_eq!(deadlock(1, &[(1, 2), (2, 3)], &[3]), None);
    }

    #[test]
    fn two_operations_that_wait_for_each_other_are_a_deadlock() {
        assert_eq!(deadlock(1, &[(1, 2), (2, 1)], &[]), Some(vec![1, 2]));
    }

    #[test]
    fn a_cycle_that_also_waits_for_an_active_operation_is_not_yet_one() {
        assert_eq!(deadlock(1, &[(1, 2), (2, 1), (2, 3)], &[3]), None);
    }

    #[test]
    fn only_the_innermost_component_is_returned() {
        assert_eq!(deadlock(1, &[(1, 2), (2, 1), (2, 3), (3, 4), (4, 3)], &[]), Some(vec![3, 4]));
    }

    proptest! {
        /// Against the definition: from each member exactly the members can be reached, and no active operation.
        #[test]
        fn agrees_with_reachability(edges in proptest::collection::vec((0u64..9, 0u64..9), 0..30), active in proptest::collection::vec(0u64..9, 0..3)) {
            let reach = |from: u64| {
                let mut seen = vec![from];
                let mut at = 0;
                while at < seen.len() {
                    if !active.contains(&seen[at]) {
                        for edge in &edges {
                            if edge.0 == seen[at] && !seen.contains(&edge.1) {
                                seen.push(edge.1);
                            }
                        }
                    }
                    at += 1;
                }
                seen.sort_unstable();
                seen
            };
            let reached = reach(0);
            match deadlock(0, &edges, &active) {
                None => prop_assert!(reached.iter().any(|id| active.contains(id))),
                Some(members) => {
                    prop_assert!(members.iter().all(|id| reached.contains(id)));
                    prop_assert!(members.iter().all(|id| !active.contains(id)));
                    for member in &members {
                        prop_assert_eq!(&reach(*member), &members);
                    }
                }
            }
        }
    }
}
