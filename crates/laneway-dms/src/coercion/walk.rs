//! Which texts of a body stand under which paths: a tree of names, walked along with the body's tokens.

use std::ops::Range;

use laneway_json::{Error, Kind, Token, Tokens};

use super::kinds::{CoercedKind, CoercedKinds, CoercionExtent};

/// Paths by their steps. Node 0 is the document.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Clone, Default, Debug)]
struct Node {
    kinds: CoercedKinds,
    names: Vec<(Box<str>, usize)>,
    /// `[*]`: items of an array, and members of an object.
    star: Option<usize>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Tree {
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    pub(super) fn add(&mut self, path: &str, kind: CoercedKind) -> Result<(), String> {
        let strange = || format!("{path:?} is no path; paths look like $.addresses[*].city");
        let mut rest = path.strip_prefix('$').filter(|rest| !rest.is_empty()).ok_or_else(strange)?;
        let mut at = 0;
        while !rest.is_empty() {
            if let Some(behind) = rest.strip_prefix("[*]") {
                (at, rest) = (self.starred(at), behind);
            } else {
                let behind = rest.strip_prefix('.').ok_or_else(strange)?;
                let end = behind.find(['.', '[']).unwrap_or(behind.len());
                if end == 0 {
                    return Err(strange());
                }
                (at, rest) = (self.named(at, &behind[..end]), &behind[end..]);
            }
        }
        self.nodes[at].kinds = self.nodes[at].kinds.with(kind);
        Ok(())
    }

    fn starred(&mut self, at: usize) -> usize {
        let star = self.nodes[at].star.unwrap_or(self.nodes.len());
        self.nodes[at].star = Some(star);
        self.grown_to(star)
    }

    fn named(&mut self, at: usize, name: &str) -> usize {
        let known = self.nodes[at].names.iter().find(|(known, _)| **known == *name).map(|(_, to)| *to);
        let to = known.unwrap_or_else(|| {
            let to = self.nodes.len();
            self.nodes[at].names.push((name.into(), to));
            to
        });
        self.grown_to(to)
    }

    fn grown_to(&mut self, node: usize) -> usize {
        if node == self.nodes.len() {
            self.nodes.push(Node::default());
        }
        node
    }

    /// What replaces which bytes of `body`, in order.
    pub(super) fn edits(&self, body: &str, extent: CoercionExtent) -> Result<Vec<(Range<usize>, String)>, Error> {
        let mut edits = Vec::new();
        let mut walk = Walk { tree: self, nodes: vec![0], open: Vec::new() };
        for token in Tokens::new(body.as_bytes()) {
            let token = token?;
            match token.kind {
                Kind::ObjectStart => walk.open(false),
                Kind::ArrayStart => walk.open(true),
                Kind::ObjectEnd | Kind::ArrayEnd => walk.close(),
                Kind::Name => walk.member(token, body)?,
                Kind::String => {
                    if let Some(value) = coerced(walk.kinds().within(extent), token, body) {
                        edits.push((token.span(), value));
                    }
                    walk.passed();
                }
                Kind::Number | Kind::Literal => walk.passed(),
            }
        }
        Ok(edits)
    }
}

fn coerced(kinds: CoercedKinds, token: Token, body: &str) -> Option<String> {
    if kinds == CoercedKinds::default() {
        return None;
    }
    if token.escaped {
        // Half of a surrogate pair is an error of the document, which its extraction finds.
        return kinds.coerced(&token.unescape(body).ok()?);
    }
    kinds.coerced(&body[token.content()])
}

/// Where in the tree a walk through a body is. A value may stand under several nodes, by its name and by `[*]`.
struct Walk<'a> {
    tree: &'a Tree,
    /// The nodes of each open bracket, and last those of the value that comes next.
    nodes: Vec<usize>,
    /// For each open bracket, where its nodes begin and end in `nodes`, and whether it is an array's.
    open: Vec<(Range<usize>, bool)>,
}

impl Walk<'_> {
    /// Where the nodes of the next value begin.
    fn next(&self) -> usize {
        self.open.last().map_or(0, |(nodes, _)| nodes.end)
    }

    fn kinds(&self) -> CoercedKinds {
        let kinds = self.nodes[self.next()..].iter().map(|node| self.tree.nodes[*node].kinds);
        kinds.fold(CoercedKinds::default(), CoercedKinds::and)
    }

    fn open(&mut self, is_array: bool) {
        self.open.push((self.next()..self.nodes.len(), is_array));
        self.item();
    }

    fn close(&mut self) {
        if let Some((nodes, _)) = self.open.pop() {
            self.nodes.truncate(nodes.start);
        }
        self.item();
    }

    /// A value has passed; in an array the next one follows.
    fn passed(&mut self) {
        self.nodes.truncate(self.next());
        self.item();
    }

    fn item(&mut self) {
        if let Some((nodes, true)) = self.open.last().cloned() {
            for at in nodes {
                self.nodes.extend(self.tree.nodes[self.nodes[at]].star);
            }
        }
    }

    /// A member's name: its value comes next.
    fn member(&mut self, name: Token, body: &str) -> Result<(), Error> {
        let Some((nodes, false)) = self.open.last().cloned() else { return Ok(()) };
        if nodes.is_empty() {
            return Ok(());
        }
        let unescaped = name.escaped.then(|| name.unescape(body)).transpose()?;
        let name = unescaped.as_deref().unwrap_or(&body[name.content()]);
        for at in nodes {
            let node = &self.tree.nodes[self.nodes[at]];
            let named = node.names.iter().find(|(known, _)| **known == *name).map(|(_, to)| *to);
            self.nodes.extend(named.into_iter().chain(node.star));
        }
        Ok(())
    }
}
