//! What only the Ed-Fi DMS knows, and everything else takes from here: how the texts of a body are coerced, how it gets
//! its `_etag` and `_lastModifiedDate`, the names of the rule sets that plugins follow, and which project is the
//! homograph. Knows neither the database nor plugins.
//!
//! ```
//! let mut stamper = laneway_dms::Stamper::default();
//! let stamped = stamper.stamp(r#"{"schoolId": 255901}"#, "2025-01-02T03:04:05Z")?;
//! assert!(stamped.starts_with(br#"{"schoolId": 255901,"_lastModifiedDate":"2025-01-02T03:04:05Z","_etag":""#));
//! # Ok::<(), laneway_dms::CanonicalError>(())
//! ```

#![forbid(unsafe_code)]

mod canonical;
mod coercion;
mod dialect;
mod etag;
mod stamp;

pub use canonical::CanonicalError;
pub use coercion::{CoercedKind, CoercedKinds, Coercion, CoercionExtent};
pub use dialect::{Dialect, is_homograph};
pub use stamp::Stamper;
