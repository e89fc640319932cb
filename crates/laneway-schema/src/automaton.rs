//! Paths become an automaton: from each position in a document, where a member's name or an item leads, and
//! what a value is reported as there. Pure; how it lies in memory is `image`'s business.

use std::collections::{BTreeMap, BTreeSet};

use crate::path::Segment;
use crate::{ResourceManifest, SlotKind};

/// An automaton; state 0 is the one of values that no path leads to.
#[derive(Debug)]
pub(crate) struct Automaton {
    pub(crate) states: Vec<State>,
    /// The state of the document itself.
    pub(crate) root: usize,
}

/// What is known of a value from the way to it.
#[derive(Default, Debug)]
pub(crate) struct State {
    /// Slots that the value is reported for, ascending, with the steps that go with them.
    pub(crate) slots: Vec<(u32, u32)>,
    /// Names of members and the states of their values, in the order of the schema.
    pub(crate) members: Vec<(String, usize)>,
    /// The state of an array's items and of an object's other members.
    pub(crate) item: usize,
}

/// A tree of paths, before nodes that a document cannot distinguish are merged.
#[derive(Default)]
struct Tree {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    slots: Vec<(u32, u32)>,
    names: Vec<(String, usize)>,
    star: Option<usize>,
}

impl Tree {
    fn new() -> Self {
        Self { nodes: vec![Node::default()] }
    }

    fn insert(&mut self, segments: &[Segment]) -> &mut Node {
        let mut at = 0;
        for segment in segments {
            let known = match segment {
                Segment::Star => self.nodes[at].star,
                Segment::Name(name) => self.nodes[at].names.iter().find(|(n, _)| **n == **name).map(|(_, to)| *to),
            };
            at = known.unwrap_or_else(|| {
                let to = self.nodes.len();
                self.nodes.push(Node::default());
                match segment {
                    Segment::Star => self.nodes[at].star = Some(to),
                    Segment::Name(name) => self.nodes[at].names.push((name.clone(), to)),
                }
                to
            });
        }
        &mut self.nodes[at]
    }
}

/// Nodes of the tree that a value may stand at together: `.a` and `[*]` both lead to an object's member `a`.
type NodeSet = BTreeSet<usize>;

/// Paths that differ only in where they have a name and where a `[*]` can combine in exponentially many
/// ways; the largest resource of the data standard has some 100 states.
const STATES_MAX: usize = 16_384;

impl Automaton {
    /// The automaton of the resource's paths; `None` when it would be too large.
    pub(crate) fn new(manifest: &ResourceManifest) -> Option<Self> {
        let tree = tree(manifest);
        let mut found = Found { numbers: BTreeMap::new(), sets: Vec::new() };
        found.number(NodeSet::new());
        let root = found.number(NodeSet::from([0]));
        let mut states = Vec::new();
        while let Some(nodes) = found.sets.get(states.len()).cloned() {
            states.push(state(&tree, &nodes, &mut found));
            if states.len() > STATES_MAX {
                return None;
            }
        }
        Some(Self { states, root })
    }
}

/// States by their node sets, in the order in which they were found.
struct Found {
    numbers: BTreeMap<NodeSet, usize>,
    sets: Vec<NodeSet>,
}

impl Found {
    fn number(&mut self, nodes: NodeSet) -> usize {
        *self.numbers.entry(nodes).or_insert_with_key(|nodes| {
            self.sets.push(nodes.clone());
            self.sets.len() - 1
        })
    }
}

fn tree(manifest: &ResourceManifest) -> Tree {
    let mut tree = Tree::new();
    for (number, slot) in manifest.slots.iter().enumerate() {
        if matches!(slot.kind, SlotKind::Coerced(_)) {
            continue;
        }
        let steps = match slot.kind {
            SlotKind::Descriptor { .. } => slot.location.star_bits().expect("checked where manifests are merged"),
            _ => 0,
        };
        let number = u32::try_from(number).expect("a resource has fewer than 2^32 slots");
        tree.insert(slot.location.segments()).slots.push((number, steps));
    }
    for path in &manifest.scalars {
        tree.insert(path.segments());
    }
    tree
}

fn state(tree: &Tree, nodes: &NodeSet, found: &mut Found) -> State {
    let each = || nodes.iter().map(|node| &tree.nodes[*node]);
    let stars: NodeSet = each().filter_map(|node| node.star).collect();
    let mut slots: Vec<(u32, u32)> = each().flat_map(|node| &node.slots).copied().collect();
    slots.sort_unstable();
    let mut names: Vec<(&str, NodeSet)> = Vec::new();
    for (name, to) in each().flat_map(|node| &node.names) {
        match names.iter_mut().find(|(known, _)| known == name) {
            Some((_, nodes)) => {
                nodes.insert(*to);
            }
            None => names.push((name, stars.iter().copied().chain([*to]).collect())),
        }
    }
    let members = names.into_iter().map(|(name, nodes)| (name.to_owned(), found.number(nodes))).collect();
    State { slots, members, item: found.number(stars) }
}
