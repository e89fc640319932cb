//! JSON in the binary protocol: parameters written without a copy in between, and values read as text.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use laneway_model::DocumentUuid;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// The version that starts a `jsonb` value in the binary protocol (`jsonb_recv`, `jsonb_send`).
const JSONB_VERSION: u8 = 1;

/// A document with its id as the last member: `jsonb` keeps the last of two equal keys.
#[derive(Debug)]
pub struct Body<'a> {
    document: &'a [u8],
    uuid: DocumentUuid,
}

impl<'a> Body<'a> {
    /// The stored form of `document` under the id `uuid`, as `jsonb` or as text that is cast to it.
    #[must_use]
    pub fn new(document: &'a [u8], uuid: DocumentUuid) -> Self {
        Self { document, uuid }
    }

    /// The document up to where its closing brace stands; as it is when there is none: the database refuses it.
    fn open(&self) -> Option<&'a [u8]> {
        self.document.trim_ascii_end().strip_suffix(b"}")
    }
}

impl ToSql for Body<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        if *ty == Type::JSONB {
            out.put_u8(JSONB_VERSION);
        }
        let Some(open) = self.open() else {
            out.put_slice(self.document);
            return Ok(IsNull::No);
        };
        out.put_slice(open);
        if !open.trim_ascii().ends_with(b"{") || open.trim_ascii().len() > 1 {
            out.put_u8(b',');
        }
        out.put_slice(b"\"id\":\"");
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        out.put_slice(self.uuid.0.hyphenated().encode_lower(&mut text).as_bytes());
        out.put_slice(b"\"}");
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::JSONB | Type::TEXT)
    }

    to_sql_checked!();
}

/// A JSON text as `jsonb`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Json<T>(pub T);

impl<'r> FromSql<'r> for Json<String> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let text = raw.strip_prefix(&[JSONB_VERSION]).ok_or("a jsonb value of an unknown version")?;
        Ok(Self(std::str::from_utf8(text)?.to_owned()))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSONB
    }
}

impl<T: AsRef<[u8]> + std::fmt::Debug> ToSql for Json<T> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_u8(JSONB_VERSION);
        out.put_slice(self.0.as_ref());
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSONB
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(document: &str) -> String {
        let written = |ty| {
            let mut out = BytesMut::new();
            Body::new(document.as_bytes(), DocumentUuid(uuid::Uuid::nil())).to_sql(&ty, &mut out).unwrap();
            out
        };
        let text = written(Type::TEXT);
        assert_eq!(written(Type::JSONB), [&[JSONB_VERSION], &text[..]].concat());
        String::from_utf8(text.to_vec()).unwrap()
    }

    #[test]
    fn the_id_is_the_last_member() {
        const ID: &str = r#""id":"00000000-0000-0000-0000-000000000000"}"#;
        assert_eq!(written("{}"), format!("{{{ID}"));
        assert_eq!(written(" { } \n"), format!(" {{ {ID}"));
        assert_eq!(written(r#"{"a":{}}"#), format!(r#"{{"a":{{}},{ID}"#));
        assert_eq!(written(r#"{"a":"{" }"#), format!(r#"{{"a":"{{" ,{ID}"#));
        assert_eq!(written(r#"{"id":"x"}"#), format!(r#"{{"id":"x",{ID}"#));
    }
}
