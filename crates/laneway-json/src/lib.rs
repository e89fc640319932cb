//! JSON (RFC 8259) as spans of its text, for code that must not lose how something is written: a number keeps its
//! token, a member its position, a text its bytes. Builds no tree and knows no schema.
//!
//! [`Tokens`] checks the grammar and yields one token after another, [`parts`] and [`unescape_into`] read what stands
//! between a string's quotes, [`Number`] takes a number apart.
//!
//! ```
//! use laneway_json::{Kind, Number, Tokens};
//!
//! let text = r#"{"name": "caf\u00e9", "price": 1.50}"#;
//! let mut strings = Vec::new();
//! for token in Tokens::new(text.as_bytes()) {
//!     let token = token?;
//!     match token.kind {
//!         Kind::String => strings.push(token.unescape(text)?),
//!         Kind::Number => assert_eq!(Number::parse(&text[token.span()]).map(|n| n.fraction), Some("50")),
//!         _ => {}
//!     }
//! }
//! assert_eq!(strings, ["café"]);
//! # Ok::<(), laneway_json::Error>(())
//! ```

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod encoding;
mod error;
mod number;
mod string;
mod tokens;

pub use encoding::{Encoding, byte_order_mark_len};
pub use error::{Error, ErrorKind};
pub use number::Number;
pub use string::{Part, parts, unescape_into};
pub use tokens::{DEPTH_MAX, Kind, Token, Tokens};
