//! Whether two plugins answer a document alike. Pure.

use laneway_model::{Extraction, Outcome, describe_extraction};

/// The first thing that two answers differ in, as a word; `None` when they are alike.
pub(crate) fn difference(old: &Result<Extraction, Outcome>, new: &Result<Extraction, Outcome>) -> Option<String> {
    match (old, new) {
        (Ok(old), Ok(new)) => in_extractions(old, new),
        (Err(Outcome::InvalidDocument { code: old, .. }), Err(Outcome::InvalidDocument { code: new, .. }))
            if old == new =>
        {
            None
        }
        (_, Err(Outcome::InvalidDocument { code, .. })) => Some(format!("refused: {code}")),
        (_, Err(other)) => Some(other.kind().as_str().to_owned()),
        (Err(_), Ok(_)) => Some("refused no longer".to_owned()),
    }
}

fn in_extractions(old: &Extraction, new: &Extraction) -> Option<String> {
    let etag = |extraction: &Extraction| extraction.etag.map(|etag| extraction.text(etag).to_owned());
    if etag(old) != etag(new) {
        return Some("_etag".to_owned());
    }
    let (old, new) = (describe_extraction(old), describe_extraction(new));
    if old == new {
        return None;
    }
    let member = old.as_object().into_iter().flatten().find(|(name, value)| new.get(name.as_str()) != Some(value));
    Some(member.map_or_else(|| "shape".to_owned(), |(name, _)| name.clone()))
}
