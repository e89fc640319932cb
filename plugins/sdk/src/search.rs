//! Paths as a tree: which of them a value in a document stands under.

use alloc::{string::String, vec, vec::Vec};

use crate::{
    Resource,
    path::{self, Segment},
};

/// The paths of one resource: its slots' and its reads'.
#[derive(Debug)]
pub(crate) struct Search {
    nodes: Vec<Node>,
    pub(crate) wanted: Vec<Wanted>,
}

/// One path and what is done with what stands there.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The slot's or the read's number.
    pub(crate) number: u32,
    pub(crate) is_read: bool,
    /// Whether the answer has the position of each value.
    pub(crate) with_steps: bool,
    /// Which segments of the path are `[*]`.
    pub(crate) stars: Vec<usize>,
}

#[derive(Default, Debug)]
struct Node {
    names: Vec<(String, usize)>,
    star: Option<usize>,
    /// Numbers in `wanted`, ascending.
    wanted: Vec<usize>,
}

/// Nodes that a value may stand at together: `.a` and `[*]` both lead to an object's member `a`.
pub(crate) type NodeSet = Vec<usize>;

impl Search {
    pub(crate) fn new(resource: &Resource) -> Self {
        let mut search = Self { nodes: vec![Node::default()], wanted: Vec::new() };
        for (number, slot) in (0..).zip(&resource.slots) {
            if !slot.computed && !slot.declared_alone {
                search.insert(&slot.location, number, false, slot.kind == "descriptor");
            }
        }
        for (number, location) in (0..).zip(&resource.reads) {
            search.insert(location, number, true, false);
        }
        search
    }

    fn insert(&mut self, location: &str, number: u32, is_read: bool, with_steps: bool) {
        // A plugin's paths are written by its author; a test finds the mistake.
        let segments = path::parse(location).unwrap_or_else(|error| panic!("the path {error}"));
        let mut at = 0;
        for segment in &segments {
            at = self.child(at, segment);
        }
        self.nodes[at].wanted.push(self.wanted.len());
        let stars = segments.iter().enumerate().filter(|(_, segment)| **segment == Segment::Star);
        let stars = stars.map(|(depth, _)| depth).collect();
        self.wanted.push(Wanted { number, is_read, with_steps, stars });
    }

    /// The node that a segment leads to, made when it is not there.
    fn child(&mut self, at: usize, segment: &Segment) -> usize {
        let new = self.nodes.len();
        let node = &mut self.nodes[at];
        let to = match segment {
            Segment::Star => *node.star.get_or_insert(new),
            Segment::Name(name) => match node.names.iter().find(|(known, _)| known == name) {
                Some((_, to)) => *to,
                None => {
                    node.names.push((name.clone(), new));
                    new
                }
            },
        };
        if to == new {
            self.nodes.push(Node::default());
        }
        to
    }

    /// Where the document itself stands.
    pub(crate) fn root(&self) -> NodeSet {
        vec![0]
    }

    /// Where an item of an array at `nodes` stands.
    pub(crate) fn item(&self, nodes: &NodeSet) -> NodeSet {
        nodes.iter().filter_map(|node| self.nodes[*node].star).collect()
    }

    /// Where the member `name` of an object at `nodes` stands; a name that is no text is none's.
    pub(crate) fn member(&self, nodes: &NodeSet, name: Option<&str>) -> NodeSet {
        let mut members = self.item(nodes);
        if let Some(name) = name {
            let named = nodes.iter().flat_map(|node| &self.nodes[*node].names);
            members.extend(named.filter(|(known, _)| known == name).map(|(_, to)| *to));
        }
        members
    }

    /// What a value at `nodes` is wanted for, in the order of slots and reads.
    pub(crate) fn wanted(&self, nodes: &NodeSet) -> Vec<usize> {
        let mut wanted: Vec<usize> = nodes.iter().flat_map(|node| &self.nodes[*node].wanted).copied().collect();
        wanted.sort_unstable();
        wanted
    }
}
