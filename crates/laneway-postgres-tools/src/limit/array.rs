//! A value as it travels in the binary protocol: read from one store and written to another without being looked at.

use std::error::Error;

use bytes::{BufMut as _, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// An array of any type.
#[derive(Debug)]
pub(super) struct Array(Vec<u8>);

impl<'r> FromSql<'r> for Array {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl ToSql for Array {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    // The server compares the type of its elements with the parameter's.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
