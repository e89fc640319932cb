//! Descriptors: their documents and the URIs that refer to them.

use crate::json::Object;
use crate::kind::{Amount, Kind};

/// The name space of everything that the sample names.
pub(crate) const NAMESPACE: &str = "uri://laneway.example";

/// The words of the descriptors of `kind`; none for a kind that is no descriptor.
pub(super) fn words(kind: Kind) -> &'static [&'static str] {
    if let Amount::Descriptors(words) = kind.amount() { words } else { &[] }
}

fn name(kind: Kind) -> String {
    let singular = kind.endpoint().trim_end_matches('s');
    format!("{}{}", singular[..1].to_ascii_uppercase(), &singular[1..])
}

/// The word of descriptor `index`; those behind the list are numbered.
fn code_value(kind: Kind, index: u64) -> String {
    let word = usize::try_from(index).ok().and_then(|index| words(kind).get(index));
    word.map_or_else(|| format!("Other {index}"), ToString::to_string)
}

/// What documents write to refer to descriptor `index`.
pub(super) fn uri(kind: Kind, index: u64) -> String {
    format!("{NAMESPACE}/{}#{}", name(kind), code_value(kind, index))
}

/// The descriptor's own document.
pub(super) fn body(kind: Kind, index: u64) -> Object {
    let code_value = code_value(kind, index);
    let mut body = Object::new();
    body.text("namespace", format!("{NAMESPACE}/{}", name(kind)));
    body.text("codeValue", &*code_value).text("shortDescription", &*code_value);
    body.text("description", format!("{code_value}, as the sample schools say it."));
    body
}
