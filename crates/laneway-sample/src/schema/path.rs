//! Paths through a document's tree: `$`, `.name` and `[*]`, which walks arrays and objects alike.

use serde_json::Value;

use crate::json::{Json, Object};

/// A path through a document.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) text: String,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug)]
enum Segment {
    Member(String),
    Each,
}

impl Path {
    pub(super) fn new(value: &Value) -> Self {
        let text = text(value);
        let mut segments = Vec::new();
        for piece in text.split('.').skip(1) {
            let name = piece.trim_end_matches("[*]");
            segments.push(Segment::Member(name.to_owned()));
            segments.extend((name.len() < piece.len()).then_some(Segment::Each));
        }
        Self { text: text.to_owned(), segments }
    }

    /// The texts of what the path selects.
    pub(super) fn texts(&self, body: &Object) -> Vec<String> {
        // The root is an object; a path always names a member of it.
        let Some((Segment::Member(name), rest)) = self.segments.split_first() else { return Vec::new() };
        let mut selected: Vec<&Json> = body.get(name).into_iter().collect();
        for segment in rest {
            selected = selected.into_iter().flat_map(|value| value.step(segment)).collect();
        }
        selected.into_iter().filter_map(|value| value.text().map(ToOwned::to_owned)).collect()
    }
}

/// A text of a schema.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a schema has {value} where a text belongs"))
}

impl Json {
    fn step(&self, segment: &Segment) -> Vec<&Json> {
        match (self, segment) {
            (Self::Object(object), Segment::Member(name)) => object.get(name).into_iter().collect(),
            (Self::Object(object), Segment::Each) => object.values().collect(),
            (Self::Array(items), Segment::Each) => items.iter().collect(),
            _ => Vec::new(),
        }
    }
}
