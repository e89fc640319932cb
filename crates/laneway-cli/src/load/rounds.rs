//! Rounds: what was refused for a missing reference, or got into the way of others, is submitted again, until a
//! round stores nothing more.

use std::sync::Arc;

use laneway_model::Outcome;

use super::driver::{Engine, LoadDriver};
use crate::documents::{Bodies, Index, Item, Reader};

/// A document that waits for the next round.
struct Refused {
    number: u32,
    outcome: Outcome,
}

/// Hands over the lines of `index` in this order, and again what was refused for a missing reference.
pub(super) async fn run<E: Engine>(
    driver: &mut LoadDriver,
    engine: &mut E,
    index: &Arc<Index>,
    mut order: Vec<u32>,
    bodies: &Bodies,
) {
    let mut again = 0;
    loop {
        driver.tally.round(again);
        driver.progress.restart();
        let mut refused = Vec::new();
        let handed = order.len();
        let reader = Reader::start_listed(Arc::clone(index), order, bodies);
        driver.run(reader, engine, &mut |document, outcome| keep(&mut refused, document.source.number, outcome)).await;
        let progress = refused.len() < handed;
        if refused.is_empty() || !progress || driver.is_stopped() {
            return count(driver, index, refused, bodies).await;
        }
        again = refused.len();
        order = refused.iter().map(|refused| refused.number).collect();
    }
}

fn keep(refused: &mut Vec<Refused>, number: usize, outcome: &Outcome) -> bool {
    let may_succeed = matches!(
        outcome,
        Outcome::InvalidReferences { .. } | Outcome::InvalidDescriptors(_) | Outcome::WriteConflict { .. }
    );
    if may_succeed {
        refused.push(Refused { number: u32::try_from(number).unwrap_or(u32::MAX), outcome: outcome.clone() });
    }
    may_succeed
}

/// What is refused in the end counts with its last outcome; its text is read once more for the failures' file.
async fn count(driver: &mut LoadDriver, index: &Arc<Index>, refused: Vec<Refused>, bodies: &Bodies) {
    let order = refused.iter().map(|refused| refused.number).collect();
    let mut reader = Reader::start_listed(Arc::clone(index), order, bodies);
    let mut refused = refused.into_iter();
    while let Ok(Some(chunk)) = reader.next().await {
        for (item, refused) in chunk.items.into_iter().zip(refused.by_ref()) {
            // It was a document when it was submitted.
            if let Item::Document(document) = item {
                driver.settled(&document, &refused.outcome);
            }
        }
    }
}
