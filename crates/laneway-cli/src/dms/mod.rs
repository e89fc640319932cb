//! What the DMS does to a document before its store sees it: `_etag`, `_lastModifiedDate`.
//! Knows JSON as text; knows neither resources nor the database.

mod canonical;
mod etag;
mod stamp;

pub(crate) use stamp::Stamper;
