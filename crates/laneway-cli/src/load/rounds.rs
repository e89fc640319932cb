//! Rounds: what was refused for a missing reference, or got into the way of others, is submitted again, until a
//! round stores nothing more.

use std::sync::Arc;

use laneway_model::Outcome;

use super::driver::{Engine, LoadDriver, Settled};
use crate::documents::{Bodies, Index, Item, Reader};

/// A document that waits for the next round.
struct Refused {
    number: u32,
    settled: Settled,
}

/// Hands over the documents of `index` in this order, and again what was refused for a missing reference.
pub(super) async fn run<E: Engine>(
    driver: &mut LoadDriver,
    engine: &mut E,
    index: &Arc<Index>,
    mut order: Vec<u32>,
    keeps_order: bool,
    bodies: &Bodies,
) {
    let mut again = 0;
    loop {
        driver.tally.round(again);
        driver.progress.restart();
        let mut refused = Vec::new();
        let handed = order.len();
        let reader = Reader::start_listed(Arc::clone(index), order, bodies);
        driver.run(reader, engine, &mut |document, settled| keep(&mut refused, document.source.number, settled)).await;
        let dropped = driver.take_dropped();
        refused.retain(|refused| !dropped.contains(&(refused.number as usize)));
        if keeps_order {
            // Documents were refused in any order; of two versions of a record the later one comes last.
            refused.sort_unstable_by_key(|refused| refused.number);
        }
        let progress = refused.len() < handed;
        if refused.is_empty() || !progress || driver.is_stopped() {
            return count(driver, index, refused, bodies).await;
        }
        again = refused.len();
        order = refused.iter().map(|refused| refused.number).collect();
    }
}

fn keep(refused: &mut Vec<Refused>, number: usize, Settled { outcome, record }: &Settled) -> bool {
    let may_succeed = matches!(
        outcome,
        Outcome::InvalidReferences { .. } | Outcome::InvalidDescriptors(_) | Outcome::WriteConflict { .. }
    );
    if may_succeed {
        let settled = Settled { outcome: outcome.clone(), record: *record };
        refused.push(Refused { number: u32::try_from(number).unwrap_or(u32::MAX), settled });
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
                driver.settled(&document, &refused.settled);
            }
        }
    }
}
