//! A JSON document as a tree that keeps what `serde_json::Value` does not: the tokens of numbers, repeated
//! members, names and texts with half surrogate pairs.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::code::Code;

/// A value of a document.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Null,
    /// `true` or `false`.
    Boolean(&'static str),
    /// The token.
    Number(String),
    /// The text; `None` when it holds half a surrogate pair.
    String(Option<String>),
    Array(Vec<Tree>),
    /// Names are `None` where they hold half a surrogate pair.
    Object(Vec<(Option<String>, Tree)>),
}

/// The document as a tree.
pub(super) fn parse(text: &str) -> Result<Tree, Code> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|_| "invalid-json")?;
    tree(raw, 0)
}

const DEPTH_MAX: usize = 64;

fn tree(raw: &RawValue, depth: usize) -> Result<Tree, Code> {
    let token = raw.get();
    let opens = token.starts_with(['{', '[']);
    if opens && depth == DEPTH_MAX {
        return Err("invalid-json");
    }
    Ok(match token.as_bytes()[0] {
        b'n' => Tree::Null,
        b't' => Tree::Boolean("true"),
        b'f' => Tree::Boolean("false"),
        b'"' => Tree::String(text(token)),
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(token).map_err(|_| "invalid-json")?;
            Tree::Array(items.into_iter().map(|item| tree(item, depth + 1)).collect::<Result<_, _>>()?)
        }
        b'{' => {
            let members: Members<'_> = serde_json::from_str(token).map_err(|_| "invalid-json")?;
            let member = |(name, value): (&RawValue, &RawValue)| Ok((text(name.get()), tree(value, depth + 1)?));
            Tree::Object(members.0.into_iter().map(member).collect::<Result<_, Code>>()?)
        }
        _ => Tree::Number(token.to_owned()),
    })
}

/// The text of a string's token, which is well-formed: only half a surrogate pair can be in the way.
fn text(token: &str) -> Option<String> {
    serde_json::from_str(token).ok()
}

/// An object's members, repeated ones too.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// Looks for repeated names and half surrogate pairs in names, from the outside in, as the DMS does: in objects, in
/// objects below them, in objects that are items of arrays; not in arrays that are items of arrays.
pub(super) fn check_names(value: &Tree) -> Result<(), Code> {
    let Tree::Object(members) = value else { return Ok(()) };
    for (position, (name, _)) in members.iter().enumerate() {
        let name = name.as_ref().ok_or("lone-surrogate")?;
        if members[..position].iter().any(|(other, _)| other.as_ref() == Some(name)) {
            return Err("duplicate-property");
        }
    }
    for (_, value) in members {
        match value {
            Tree::Array(items) => items.iter().try_for_each(check_names)?,
            value => check_names(value)?,
        }
    }
    Ok(())
}

/// A value that a path selects, with its own path.
#[derive(Clone, Debug)]
pub(super) struct Selected<'a> {
    pub(super) value: &'a Tree,
    pub(super) path: String,
}

/// What `path` (`$`, `.name`, `[*]`) selects, in the document's order.
pub(super) fn select<'a>(root: &'a Tree, path: &str) -> Vec<Selected<'a>> {
    let mut selected = vec![Selected { value: root, path: "$".into() }];
    let mut rest = path.strip_prefix('$').expect("a path begins with $");
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix("[*]") {
            rest = behind;
            selected = selected.iter().flat_map(all).collect();
        } else {
            let behind = rest.strip_prefix('.').expect("a path goes on by .name or [*]");
            let end = behind.find(['.', '[']).unwrap_or(behind.len());
            let name = &behind[..end];
            rest = &behind[end..];
            selected = selected.iter().flat_map(|parent| members(parent, name)).collect();
        }
    }
    selected
}

fn all<'a>(parent: &Selected<'a>) -> Vec<Selected<'a>> {
    match parent.value {
        Tree::Array(items) => {
            let item = |(index, value)| Selected { value, path: format!("{}[{index}]", parent.path) };
            items.iter().enumerate().map(item).collect()
        }
        Tree::Object(members) => {
            let member = |(name, value): &'a (Option<String>, Tree)| {
                let path = format!("{}.{}", parent.path, name.as_deref().unwrap_or("\u{fffd}"));
                Selected { value, path }
            };
            members.iter().map(member).collect()
        }
        _ => Vec::new(),
    }
}

fn members<'a>(parent: &Selected<'a>, wanted: &str) -> Vec<Selected<'a>> {
    let Tree::Object(members) = parent.value else { return Vec::new() };
    let found = members.iter().filter(|(name, _)| name.as_deref() == Some(wanted));
    found.map(|(_, value)| Selected { value, path: format!("{}.{wanted}", parent.path) }).collect()
}

/// The text of a value that must be a scalar.
pub(super) fn scalar(value: &Tree) -> Result<&str, Code> {
    match value {
        Tree::Boolean(text) => Ok(text),
        Tree::Number(token) => Ok(token),
        Tree::String(text) => text.as_deref().ok_or("lone-surrogate"),
        Tree::Null | Tree::Array(_) | Tree::Object(_) => Err("not-a-scalar"),
    }
}
