//! Checks of what the recorded sequences leave: whatever the service itself leaves is no difference, but for what no order of its
//! stored documents explains.

use std::collections::BTreeMap;
use std::sync::Arc;

use laneway_postgres::check::{Position, StoreCheck};
use laneway_replay::{Cut, Schemas};
use laneway_tests::need;

use crate::replay::Bench;

/// Sequences whose store has differences, by the tables that have them, and why.
const EXPLAINED: &[(&str, &str)] = &[];

#[tokio::test]
async fn what_recorded_sequences_leave_is_clean_or_explained() {
    let (Some(data), Some(Bench { mut replay, cases, database })) = (need::data(), Bench::set_up().await) else {
        return;
    };
    let mut schemas = Schemas::new(data.join("schemas"));
    let mut checks: BTreeMap<&[String], StoreCheck> = BTreeMap::new();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for case in &cases {
        replay.case(case, Cut::Single).await.expect("a replay");
        if !checks.contains_key(&case.schemas[..]) {
            let plugins = schemas.plugins(&case.schemas).expect("plugins");
            let resources = plugins.resources();
            let check = StoreCheck::open(database.config(), Arc::new(plugins), &resources).await.expect("a check");
            checks.insert(&case.schemas, check);
        }
        let check = &checks[&case.schemas[..]];
        let mut pages = check.pages(Position::START, 1);
        while let Some(page) = pages.next().await.expect("a page") {
            for difference in page.differences {
                let line = found.entry(case.name.clone()).or_default();
                line.push_str(&format!("\n    {difference}"));
            }
        }
    }
    for (name, _) in EXPLAINED {
        assert!(found.remove(*name).is_some(), "{name} is clean now");
    }
    let shown: Vec<String> = found.iter().map(|(name, lines)| format!("{name}{lines}")).collect();
    assert!(found.is_empty(), "{} sequences leave differences:\n{}", found.len(), shown.join("\n"));
}
