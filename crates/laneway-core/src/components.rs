//! Strongly connected components of a directed graph that is discovered on the way: Tarjan's algorithm without
//! recursion, as a path may be as long as a batch or a line. Knows neither operations nor what an edge means.

use std::hash::Hash;
use std::ops::ControlFlow;

use rustc_hash::FxHashMap;

/// The number of a node whose component is complete: no path through it makes a component larger.
const COMPLETE: usize = usize::MAX;

/// Visits what can be reached from `roots` and hands each component over as it is complete: a component comes after
/// all others that edges lead to from it. `edges` puts a node's targets into the list; either function may end the
/// search.
pub(crate) fn components<N: Copy + Eq + Hash, B>(
    roots: impl IntoIterator<Item = N>,
    mut edges: impl FnMut(N, &mut Vec<N>) -> ControlFlow<B>,
    mut complete: impl FnMut(Vec<N>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let mut search = Search { numbers: FxHashMap::default(), stack: Vec::new(), frames: Vec::new() };
    for root in roots {
        if !search.numbers.contains_key(&root) {
            search.visit(root, &mut edges)?;
        }
        while let Some(frame) = search.frames.last_mut() {
            if let Some(next) = frame.targets.pop() {
                match search.numbers.get(&next) {
                    Some(&number) => frame.low = frame.low.min(number),
                    None => search.visit(next, &mut edges)?,
                }
            } else {
                search.leave(&mut complete)?;
            }
        }
    }
    ControlFlow::Continue(())
}

struct Search<N> {
    /// The position on the stack, or [`COMPLETE`].
    numbers: FxHashMap<N, usize>,
    /// Nodes of components that are not complete, in order of discovery.
    stack: Vec<N>,
    /// The path from the root to the node that is visited.
    frames: Vec<Frame<N>>,
}

struct Frame<N> {
    number: usize,
    /// The least number that can be reached.
    low: usize,
    targets: Vec<N>,
}

impl<N: Copy + Eq + Hash> Search<N> {
    fn visit<B>(&mut self, node: N, edges: &mut impl FnMut(N, &mut Vec<N>) -> ControlFlow<B>) -> ControlFlow<B> {
        let mut targets = Vec::new();
        edges(node, &mut targets)?;
        let number = self.stack.len();
        self.numbers.insert(node, number);
        self.stack.push(node);
        self.frames.push(Frame { number, low: number, targets });
        ControlFlow::Continue(())
    }

    fn leave<B>(&mut self, complete: &mut impl FnMut(Vec<N>) -> ControlFlow<B>) -> ControlFlow<B> {
        let Some(Frame { number, low, .. }) = self.frames.pop() else { return ControlFlow::Continue(()) };
        if let Some(parent) = self.frames.last_mut() {
            parent.low = parent.low.min(low);
        }
        if low < number {
            return ControlFlow::Continue(());
        }
        let nodes = self.stack.split_off(number);
        self.numbers.extend(nodes.iter().map(|node| (*node, COMPLETE)));
        complete(nodes)
    }
}
