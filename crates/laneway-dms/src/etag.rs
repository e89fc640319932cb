//! `_etag`: a hash over a body's canonical text, as the DMS computes it.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::canonical::{CanonicalError, Cause, Writer};

/// A body's tag, and where its members stand that stamping replaces.
#[derive(Debug)]
pub(crate) struct Tagged {
    /// Base64 of SHA-256 over the canonical body without its top-level `_etag`, `_lastModifiedDate` and `id`.
    pub(crate) etag: String,
    /// Where the root object stands in the text, brackets included.
    pub(crate) object: Range<usize>,
    /// Whether the root object has no member at all.
    pub(crate) is_empty: bool,
    /// Where the value of a top-level `_etag` stands.
    pub(crate) etag_value: Option<Range<usize>>,
    /// Where the value of a top-level `_lastModifiedDate` stands.
    pub(crate) date_value: Option<Range<usize>>,
}

/// Computes tags; keeps its buffers from one body to the next.
#[derive(Default, Debug)]
pub(crate) struct Tagger {
    canonical: Vec<u8>,
    names: Vec<Range<usize>>,
}

impl Tagger {
    /// The tag of `body`.
    ///
    /// # Errors
    /// What is not a JSON object, repeats a name, or holds half of a surrogate pair has no tag.
    pub(crate) fn tag(&mut self, body: &str) -> Result<Tagged, CanonicalError> {
        let (mut id, mut etag, mut date) = (None, None, None);
        let mut is_empty = true;
        let mut repeated = None;
        let object = Writer::new(body, &mut self.canonical, &mut self.names).root(&mut |name, value| {
            is_empty = false;
            let found = match name {
                b"id" => &mut id,
                b"_etag" => &mut etag,
                b"_lastModifiedDate" => &mut date,
                _ => return false,
            };
            let start = value.start;
            if found.replace(value).is_some() {
                repeated = Some(start);
            }
            true
        })?;
        if let Some(at) = repeated {
            return Err(Cause::RepeatedName(at).into());
        }
        let etag_text = STANDARD.encode(Sha256::digest(&self.canonical));
        Ok(Tagged { etag: etag_text, object, is_empty, etag_value: etag, date_value: date })
    }

    /// What the last successful [`Tagger::tag`] hashed.
    #[cfg(test)]
    pub(crate) fn hashed_text(&self) -> &str {
        std::str::from_utf8(&self.canonical).unwrap_or("canonical text is ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use laneway_tests::need;

    #[derive(serde::Deserialize)]
    struct Case {
        body_text: String,
        hashed_text: String,
        etag: String,
    }

    #[test]
    fn agrees_with_every_recorded_tag() {
        let Some(data) = need::data() else { return };
        let cases = std::fs::read_to_string(data.join("vectors/etag.ndjson")).unwrap();
        let mut tagger = Tagger::default();
        for line in cases.lines() {
            let case: Case = serde_json::from_str(line).unwrap();
            assert_eq!(tagger.tag(&case.body_text).unwrap().etag, case.etag, "{}", case.body_text);
            assert_eq!(tagger.hashed_text(), case.hashed_text);
        }
        assert!(cases.lines().count() >= 26);
    }

    #[test]
    fn agrees_on_the_sample_documents() {
        #[derive(serde::Deserialize)]
        struct Line<'a> {
            #[serde(borrow)]
            body: &'a serde_json::value::RawValue,
        }
        let Some(data) = need::data() else { return };
        let mut files: Vec<_> =
            std::fs::read_dir(data.join("documents")).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut tagger = Tagger::default();
        let mut hash = Sha256::new();
        let mut documents = 0;
        for file in files {
            for line in std::fs::read_to_string(file).unwrap().lines() {
                let line: Line<'_> = serde_json::from_str(line).unwrap();
                hash.update(tagger.tag(line.body.get()).unwrap().etag);
                hash.update("\n");
                documents += 1;
            }
        }
        let readme = std::fs::read_to_string(data.join("vectors/README.md")).unwrap();
        let digest = base16ct::lower::encode_string(&hash.finalize());
        assert!(readme.contains(&digest), "{documents} documents give {digest}, which README.md does not name");
    }

    #[test]
    fn bodies_that_are_not_canonical_have_no_tag() {
        use laneway_json::ErrorKind::{Escape, LoneSurrogate, Syntax, TooDeep};
        let json = |kind, at| Cause::Json(laneway_json::Error::new(kind, at));
        let mut tagger = Tagger::default();
        let deep = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(tagger.tag(&deep(63)).is_ok());
        let cases = [
            (r#"{"a":"\ud800"}"#, json(LoneSurrogate, 6)),
            (r#"{"a":"\udc00\ud800"}"#, json(LoneSurrogate, 6)),
            (r#"{"a":"\ud800\u0041"}"#, json(LoneSurrogate, 6)),
            (r#"{"a":"\ud800x"}"#, json(LoneSurrogate, 6)),
            (r#"{"a":1,"b":2,"\u0061":3}"#, Cause::RepeatedName(23)),
            (r#"{"x":{"a":1,"a":1}}"#, Cause::RepeatedName(17)),
            (r#"{"id":1,"id":2}"#, Cause::RepeatedName(13)),
            (r#"{"_etag":1,"\u005fetag":2}"#, Cause::RepeatedName(24)),
            (&deep(64), json(TooDeep, 68)),
            ("[]", json(Syntax, 0)),
            ("", json(Syntax, 0)),
            ("{} x", json(Syntax, 3)),
            (r#"{"a":1,}"#, json(Syntax, 7)),
            (r#"{"a":[1,]}"#, json(Syntax, 8)),
            (r#"{"a":[1 2]}"#, json(Syntax, 8)),
            (r#"{"a" 1}"#, json(Syntax, 5)),
            (r#"{"a":01}"#, json(Syntax, 6)),
            (r#"{"a":1.}"#, json(Syntax, 7)),
            (r#"{"a":+1}"#, json(Syntax, 5)),
            (r#"{"a":tru}"#, json(Syntax, 5)),
            (r#"{"a":"\x"}"#, json(Escape, 6)),
            (r#"{"a":"\u12g4"}"#, json(Escape, 8)),
            ("{\"a\":\"\n\"}", json(Syntax, 6)),
            (r#"{"a":"x"#, json(Syntax, 7)),
            (r#"{"a":1"#, json(Syntax, 6)),
        ];
        for (body, error) in cases {
            assert_eq!(tagger.tag(body).map(|tagged| tagged.etag), Err(error.into()), "{body}");
        }
    }

    #[test]
    fn one_object_of_many_names_is_not_quadratic_and_still_checked() {
        let names = (0..100_000).map(|i| format!("\"n{i}\":{i}")).collect::<Vec<_>>().join(",");
        let mut tagger = Tagger::default();
        assert!(tagger.tag(&format!("{{{names}}}")).is_ok());
        let error = tagger.tag(&format!("{{{names},\"n7\":0}}")).map(|tagged| tagged.etag).unwrap_err();
        assert!(error.to_string().contains("two members of one name"), "{error}");
    }

    proptest::proptest! {
        /// The canonical text means what the body means, and is its own canonical text.
        #[test]
        fn canonical_text_means_the_same(members in proptest::collection::btree_map(".*", (".*", proptest::num::i64::ANY), 0..8)) {
            let value: serde_json::Map<String, serde_json::Value> =
                members.into_iter().map(|(name, (text, number))| (name, serde_json::json!([text, {"n": number}]))).collect();
            let mut tagger = Tagger::default();
            let tag = tagger.tag(&serde_json::to_string_pretty(&value).unwrap()).unwrap().etag;
            let hashed = tagger.hashed_text().to_owned();
            let mut kept = value;
            kept.retain(|name, _| !["id", "_etag", "_lastModifiedDate"].contains(&name.as_str()));
            proptest::prop_assert!(hashed.is_ascii());
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Map<_, _>>(&hashed).unwrap(), kept);
            proptest::prop_assert_eq!(tagger.tag(&hashed).unwrap().etag, tag);
        }
    }
}
