//! Sets of organizations' ids as they stand in lists: in any order, each once.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// Elements of a list, each as JSON text: `"1"` is not `1`.
pub(super) type Ids = BTreeSet<String>;

/// The elements of a JSON array; of anything else, itself.
pub(super) fn ids(text: &str) -> Ids {
    match serde_json::from_str(text) {
        Ok(Json::Array(elements)) => elements.iter().map(Json::to_string).collect(),
        _ => Ids::from([text.to_owned()]),
    }
}

/// An organization's id as lists have it.
pub(super) fn id(organization: i64) -> String {
    format!("\"{organization}\"")
}

/// The organization whose id an element of a list is.
pub(super) fn number(text: &str) -> Option<i64> {
    text.trim_matches('"').parse().ok()
}

/// The set as a JSON array.
pub(super) fn list(ids: &Ids) -> Json {
    let element = |text: &String| serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone()));
    ids.iter().map(element).collect()
}

/// The union over lists; `None` where none has an element, as the store's aggregates have it.
pub(super) fn union<'a>(lists: impl IntoIterator<Item = &'a Ids>) -> Option<Ids> {
    let all: Ids = lists.into_iter().flatten().cloned().collect();
    (!all.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sets_of_their_elements_as_written() {
        assert_eq!(ids(r#"["2", "1", "2"]"#), Ids::from([id(1), id(2)]));
        assert_ne!(ids("[1]"), ids(r#"["1"]"#));
        assert_eq!(ids("{}"), Ids::from(["{}".to_owned()]));
        assert_eq!(union([&ids("[]"), &ids("[]")]), None);
        assert_eq!(list(&ids(r#"["2","1"]"#)).to_string(), r#"["1","2"]"#);
    }
}
