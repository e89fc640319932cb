//! JSON as the generator writes it: members in order, numbers as they were written.
//! Knows two spellings, the compact one and the one in which PostgreSQL prints `jsonb`.

use std::borrow::Cow;

/// A JSON value.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Json {
    /// An object; a repeated name is possible, and wrong.
    Object(Object),
    /// An array.
    Array(Vec<Json>),
    /// A string.
    Text(String),
    /// A number, `true` or `false`, or whatever else is to stand in the text as it is.
    Token(Cow<'static, str>),
}

/// A JSON object in the making.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Object {
    members: Vec<(Cow<'static, str>, Json)>,
}

impl Object {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn set(&mut self, name: impl Into<Cow<'static, str>>, value: Json) -> &mut Self {
        self.members.push((name.into(), value));
        self
    }

    pub(crate) fn text(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        self.set(name, Json::Text(value.into()))
    }

    pub(crate) fn number(&mut self, name: &'static str, value: u64) -> &mut Self {
        self.token(name, value.to_string())
    }

    /// A number with `decimals` digits behind the point, trailing zeros kept.
    pub(crate) fn decimal(&mut self, name: &'static str, value: u64, decimals: u32) -> &mut Self {
        self.token(name, decimal(value, decimals))
    }

    pub(crate) fn flag(&mut self, name: &'static str, value: bool) -> &mut Self {
        self.token(name, if value { "true" } else { "false" })
    }

    pub(crate) fn token(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> &mut Self {
        self.set(name, Json::Token(value.into()))
    }

    pub(crate) fn object(&mut self, name: impl Into<Cow<'static, str>>, value: Object) -> &mut Self {
        self.set(name, Json::Object(value))
    }

    /// An array of objects; an empty one is left out, as clients do.
    pub(crate) fn objects(&mut self, name: &'static str, items: impl IntoIterator<Item = Object>) -> &mut Self {
        let items: Vec<Json> = items.into_iter().map(Json::Object).collect();
        if items.is_empty() { self } else { self.set(name, Json::Array(items)) }
    }

    /// The member `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// The text of the part `name` of the reference `reference`; empty where there is none.
    pub(crate) fn part(&self, reference: &str, name: &str) -> &str {
        let Some(Json::Object(reference)) = self.get(reference) else { return "" };
        reference.get(name).and_then(Json::text).unwrap_or_default()
    }

    /// The values of all members, in order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Json> {
        self.members.iter().map(|(_, value)| value)
    }

    /// The members themselves.
    pub(crate) fn into_members(self) -> impl Iterator<Item = (Cow<'static, str>, Json)> {
        self.members.into_iter()
    }

    /// Takes the member `name` out.
    pub(crate) fn remove(&mut self, name: &str) {
        self.members.retain(|(member, _)| member != name);
    }

    /// Takes out the member `name`, which is there.
    pub(crate) fn take(&mut self, name: &str) -> Json {
        let at = self.members.iter().position(|(member, _)| member == name);
        at.map_or(Json::Token("null".into()), |at| self.members.remove(at).1)
    }

    /// Sets the member `name`, behind all others where it is new.
    pub(crate) fn replace(&mut self, name: &'static str, value: Json) {
        match self.members.iter_mut().find(|(member, _)| member == name) {
            Some((_, old)) => *old = value,
            None => {
                self.set(name, value);
            }
        }
    }

    /// Appends the object without any white space.
    pub(crate) fn write_compact(&self, out: &mut String) {
        write_sequence(out, "{", &self.members, "}", ",", |(name, value), out| {
            write_text(name, out);
            out.push(':');
            value.write_compact(out);
        });
    }

    /// Appends the object as PostgreSQL prints it once it is `jsonb`: shorter names first, names of one
    /// length bytewise, white space behind commas and colons. Numbers must be plain (no exponent).
    pub(crate) fn write_jsonb(&self, out: &mut String) {
        let mut members: Vec<&(Cow<'static, str>, Json)> = self.members.iter().collect();
        members.sort_by_key(|(name, _)| (name.len(), name.as_bytes()));
        write_sequence(out, "{", &members, "}", ", ", |(name, value), out| {
            write_text(name, out);
            out.push_str(": ");
            value.write_jsonb(out);
        });
    }
}

impl Json {
    /// The text of a value that has one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Token(token) => Some(token),
            Self::Object(_) | Self::Array(_) => None,
        }
    }

    fn write_compact(&self, out: &mut String) {
        match self {
            Self::Object(object) => object.write_compact(out),
            Self::Array(items) => write_sequence(out, "[", items, "]", ",", Self::write_compact),
            Self::Text(text) => write_text(text, out),
            Self::Token(token) => out.push_str(token),
        }
    }

    pub(crate) fn write_jsonb(&self, out: &mut String) {
        match self {
            Self::Object(object) => object.write_jsonb(out),
            Self::Array(items) => write_sequence(out, "[", items, "]", ", ", Self::write_jsonb),
            Self::Text(text) => write_text(text, out),
            Self::Token(token) => out.push_str(token),
        }
    }
}

/// `value` as a number with `decimals` digits behind the point.
pub(crate) fn decimal(value: u64, decimals: u32) -> String {
    let scale = 10_u64.pow(decimals);
    format!("{}.{:0width$}", value / scale, value % scale, width = decimals as usize)
}

fn write_sequence<T>(
    out: &mut String,
    open: &str,
    items: &[T],
    close: &str,
    separator: &str,
    mut write: impl FnMut(&T, &mut String),
) {
    out.push_str(open);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        write(item, out);
    }
    out.push_str(close);
}

/// Appends a string literal; PostgreSQL and serde_json escape alike.
pub(crate) fn write_text(text: &str, out: &mut String) {
    // A string always serializes.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_in_one_spelling_and_sorts_as_jsonb_does_in_the_other() {
        let mut inner = Object::new();
        inner.flag("bb", true).decimal("a", 1050, 2);
        let mut object = Object::new();
        object.text("long", "x\"\n\u{7f}é").object("b", inner).set("a", Json::Array(vec![Json::Token("1".into())]));
        let (mut compact, mut jsonb) = (String::new(), String::new());
        object.write_compact(&mut compact);
        object.write_jsonb(&mut jsonb);
        assert_eq!(compact, "{\"long\":\"x\\\"\\n\u{7f}é\",\"b\":{\"bb\":true,\"a\":10.50},\"a\":[1]}");
        assert_eq!(jsonb, "{\"a\": [1], \"b\": {\"a\": 10.50, \"bb\": true}, \"long\": \"x\\\"\\n\u{7f}é\"}");
    }
}
