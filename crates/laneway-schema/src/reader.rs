//! Reading JSON with errors that give the file and the path: a value together with both.
//! Knows nothing about ApiSchema.

use serde_json::{Map, Value};

use crate::{JsonPath, SchemaError};

/// A value in a file.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    file: &'a str,
    at: String,
    value: &'a Value,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &'a str, value: &'a Value) -> Self {
        Self { file, at: "$".into(), value }
    }

    /// An error at this value.
    pub(crate) fn error(&self, found: impl Into<String>, advice: impl Into<String>) -> SchemaError {
        SchemaError::new(self.file, &*self.at, found, advice)
    }

    fn expected(&self, what: &str) -> SchemaError {
        self.error(format!("expected {what}, found {}", describe(self.value)), "Correct it there")
    }

    fn object(&self) -> Result<&'a Map<String, Value>, SchemaError> {
        self.value.as_object().ok_or_else(|| self.expected("an object"))
    }

    /// The member `name`, which may be absent or null.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<Self>, SchemaError> {
        let value = self.object()?.get(name).filter(|value| !value.is_null());
        Ok(value.map(|value| self.child(name, value)))
    }

    /// The member `name`.
    pub(crate) fn member(&self, name: &str) -> Result<Self, SchemaError> {
        let advice = || format!("Add \"{name}\", or check that the file is an ApiSchema of the DMS");
        self.optional(name)?.ok_or_else(|| self.error(format!("\"{name}\" is missing"), advice()))
    }

    /// The members of the object, in order.
    pub(crate) fn members(&self) -> Result<impl Iterator<Item = (&'a str, Self)> + use<'a>, SchemaError> {
        let parent = self.clone();
        Ok(self.object()?.iter().map(move |(name, value)| (name.as_str(), parent.child(name, value))))
    }

    /// The items of the array.
    pub(crate) fn items(&self) -> Result<impl Iterator<Item = Self> + use<'a>, SchemaError> {
        let items = self.value.as_array().ok_or_else(|| self.expected("an array"))?;
        let parent = self.clone();
        Ok(items.iter().enumerate().map(move |(index, value)| Self {
            file: parent.file,
            at: format!("{}[{index}]", parent.at),
            value,
        }))
    }

    /// The text of the member `name`, not empty.
    pub(crate) fn text(&self, name: &str) -> Result<&'a str, SchemaError> {
        self.member(name)?.string()
    }

    /// The truth of the member `name`; false when it is absent.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, SchemaError> {
        match self.optional(name)? {
            None => Ok(false),
            Some(reader) => reader.value.as_bool().ok_or_else(|| reader.expected("true or false")),
        }
    }

    /// The value as a text, not empty.
    pub(crate) fn string(&self) -> Result<&'a str, SchemaError> {
        self.value.as_str().filter(|text| !text.is_empty()).ok_or_else(|| self.expected("a text that is not empty"))
    }

    /// The value as a path.
    pub(crate) fn path(&self) -> Result<JsonPath, SchemaError> {
        JsonPath::parse(self.string()?)
            .map_err(|why| self.error(format!("the path {why}"), "Paths look like $.addresses[*].city"))
    }

    fn child(&self, name: &str, value: &'a Value) -> Self {
        Self { file: self.file, at: format!("{}.{name}", self.at), value }
    }
}

/// A value in a few words.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.chars().count() > 40 => {
            format!("the text \"{}…\"", text.chars().take(40).collect::<String>())
        }
        Value::String(text) => format!("the text {text:?}"),
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(members) => format!("an object with {} members", members.len()),
    }
}
