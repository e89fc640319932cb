//! Documents out of a store, to try plugins on.

use laneway_pgconfig::Config;

use super::rows::rows;
use crate::failure::Failure;

/// The newest `count` documents: project name, resource name, body.
pub(crate) async fn newest_documents(config: &Config, count: u32) -> Result<Vec<[String; 3]>, Failure> {
    rows(config, &format!("{}{count}", include_str!("newest.sql"))).await
}
