//! Whether a store's rows are those that its documents ought to have: every stored document is extracted again, and what a flush
//! would write for it, and the triggers would add, is compared with what is there. Knows neither lanes nor how documents are
//! extracted.

mod arrays;
mod associations;
mod compare;
mod difference;
mod error;
mod facts;
mod findings;
mod follow;
mod ids;
mod literal;
mod organizations;
mod page;
mod pages;
mod position;
mod repair;
mod session;
mod store_check;

pub use difference::{CheckedDocument, Difference, DifferenceKind};
pub use error::CheckError;
pub use follow::Follow;
pub use page::Page;
pub use pages::Pages;
pub use position::{Position, PositionError};
pub use repair::Repair;
pub use store_check::StoreCheck;
