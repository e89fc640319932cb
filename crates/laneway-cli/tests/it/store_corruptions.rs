//! A store that was corrupted in fifty ways: `laneway store check` finds each, and nothing else.

use std::collections::BTreeSet;

use laneway_postgres::Release;
use laneway_tests::need;
use laneway_tests::release::release;

use crate::store_check::{block_on, check, differences, loaded};

/// A way to corrupt a store.
struct Corruption {
    /// Of a document of its own.
    of_document: bool,
    name: &'static str,
    /// Where the difference is.
    table: &'static str,
    sql: String,
}

fn corruptions() -> Vec<Corruption> {
    let blocks = include_str!("corruptions.sql").split("\n\n").skip(1);
    blocks
        .map(|block| {
            let (title, sql) = block.split_once('\n').unwrap();
            let (kind, title) = title.strip_prefix("-- ").unwrap().split_once(": ").unwrap();
            let (name, table) = title.split_once(" (").unwrap();
            Corruption {
                of_document: kind == "document",
                name,
                table: table.trim_end_matches(')'),
                sql: of_release(sql),
            }
        })
        .collect()
}

/// The statement for the tables of this run.
fn of_release(sql: &str) -> String {
    match release() {
        Release::V0_6 if sql.contains("aliasid") => sql
            .replace("aliasid", "referentialid")
            .replace(" a.id,", " a.referentialid,")
            .replace("= a.id)", "= a.referentialid)"),
        _ => sql.to_owned(),
    }
}

/// How many.
const SEEDED: usize = 50;
/// Documents to corrupt: attendance events, which nothing refers to, and which name a student with schools.
const VICTIM: &str = "SELECT documentpartitionkey, id, documentuuid::text FROM dms.document \
    WHERE resourcename = 'StudentAttendanceEvent' AND jsonb_array_length(studentschoolauthorizationedorgids) > 1 \
    ORDER BY md5(documentuuid::text) LIMIT 1 OFFSET $1";

#[test]
fn fifty_corruptions_of_all_kinds_are_found_and_none_is_invented() {
    if need::server().is_some_and(|server| !server.is_own()) {
        need::skip::<()>("triggers and foreign keys are switched off on a server of our own only");
        return;
    }
    let Some((data, store)) = loaded(4_000) else { return };
    let all = corruptions();
    let (of_documents, others): (Vec<&Corruption>, Vec<&Corruption>) = all.iter().partition(|of| of.of_document);
    let again = of_documents.iter().cycle().take(SEEDED - others.len());
    let seeded: Vec<&Corruption> = again.chain(&others).copied().collect();
    let traces: Vec<String> = block_on(async {
        let client = store.config().connect().await.unwrap();
        client.batch_execute("SET session_replication_role = replica").await.unwrap();
        // Chosen before the first is corrupted, so that no two are one.
        let mut scripts = Vec::new();
        for (number, corruption) in seeded.iter().enumerate() {
            if !corruption.of_document {
                scripts.push(corruption.sql.clone());
                continue;
            }
            let row = client.query_one(VICTIM, &[&(number as i64)]).await.unwrap();
            let (p, d, u): (i16, i64, String) = (row.get(0), row.get(1), row.get(2));
            let victim = format!("WITH victim AS (SELECT {p}::smallint AS p, {d}::bigint AS d, '{u}'::uuid AS u)");
            scripts.push(format!("{victim} {}", corruption.sql));
        }
        let mut traces = Vec::new();
        for (corruption, script) in seeded.iter().zip(scripts) {
            let rows =
                client.query(&script, &[]).await.unwrap_or_else(|error| panic!("{}: {error:?}", corruption.name));
            assert_eq!(rows.len(), 1, "{} corrupts one row", corruption.name);
            traces.push(rows[0].get::<_, String>(0));
        }
        traces
    });

    let result = check(&data, &store, &["--json"]);
    assert_eq!(result.code, Some(1), "{}", result.err);
    let found = differences(&result);
    for (corruption, trace) in seeded.iter().zip(&traces) {
        let first = trace.split(' ').next().unwrap();
        let is_found =
            found.iter().any(|found| found["table"] == corruption.table && found.to_string().contains(first));
        assert!(is_found, "{} ({trace}) is not among:\n{}", corruption.name, result.out);
    }
    let names: BTreeSet<&str> =
        traces.iter().flat_map(|trace| trace.split(' ')).filter(|name| *name != "organization").collect();
    for found in &found {
        let text = found.to_string();
        assert!(names.iter().any(|name| text.contains(name)), "no corruption explains {text}");
    }
}
