//! `laneway store inspect`: nothing to complain of in a deployed store, and a remedy for whatever is missing.

use laneway_postgres::Release;
use laneway_postgres_tools::run_script;
use laneway_tests::release::release;

use crate::program::{RunResult, database, run, store};

fn inspect(url: &str, arguments: &[&str]) -> RunResult {
    run(&[&["store", "inspect", "--url", url], arguments].concat())
}

fn execute(store: &laneway_embedded::Database, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run_script(store.config(), sql)).unwrap();
}

/// Area and severity of each finding that is more than a note.
fn found(result: &RunResult) -> Vec<(String, String)> {
    let object = result.object();
    let findings = object["findings"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let severe = findings.filter(|finding| finding["severity"] != "note" && finding["area"] != "settings");
    severe.map(|finding| (text(&finding["severity"]), text(&finding["area"]))).collect()
}

#[test]
fn a_deployed_store_has_no_problems_but_those_of_the_server() {
    let Some(store) = store() else { return };
    let result = inspect(store.url(), &["--json"]);
    assert_eq!(found(&result), [], "{}", result.out);
    let object = result.object();
    assert_eq!(object["layout"], format!("document store of DMS {}", release().number()));
    let tables = object["tables"].as_array().unwrap();
    let partitions = tables.iter().find(|table| table["name"] == "alias").map(|table| table["partitions"].as_u64());
    assert_eq!((tables.len(), partitions), (13, Some(Some(16))), "{object}");

    let text = inspect(store.url(), &[]);
    assert!(
        text.code == result.code
            && text.out.contains("lock table")
            && text.out.contains("educationorganizationhierarchy")
    );
}

#[test]
fn what_is_missing_is_named_with_its_remedy_which_mends_it() {
    let Some(store) = store() else { return };
    let (constraint, index) = match release() {
        Release::V0_6 => ("fk_reference_referencedalias", "ix_reference_referenceddocumentid"),
        Release::V0_7 => ("ux_reference_parent_alias", "ix_reference_aliasid"),
    };
    execute(
        &store,
        &format!(
            "ALTER TABLE dms.reference DROP CONSTRAINT {constraint};
             DROP INDEX dms.{index};
             ALTER TABLE dms.contactstudentschoolauthorization DISABLE TRIGGER ALL;
             ALTER TABLE dms.document_03 REPLICA IDENTITY DEFAULT"
        ),
    );
    let result = inspect(store.url(), &["--json"]);
    assert_eq!(result.code, Some(1), "{}", result.err);
    let expected =
        [("problem", "indexes"), ("problem", "triggers"), ("problem", "replication"), ("warning", "indexes")];
    assert_eq!(
        found(&result),
        expected.map(|(severity, area)| (severity.to_owned(), area.to_owned())),
        "{}",
        result.out
    );

    if release() == Release::DEPLOYED {
        assert_eq!(run(&["deploy", "--url", store.url()]).code, Some(0));
    } else {
        // What deploying leaves as it is: the statements themselves.
        let lacking = result.object()["findings"].as_array().unwrap().clone();
        let indexes = lacking.iter().filter(|finding| finding["area"] == "indexes");
        indexes.for_each(|finding| execute(&store, finding["next"].as_str().unwrap()));
        execute(&store, "ALTER TABLE dms.document_03 REPLICA IDENTITY FULL");
    }
    execute(&store, "ALTER TABLE dms.contactstudentschoolauthorization ENABLE TRIGGER ALL");
    let result = inspect(store.url(), &["--json"]);
    assert_eq!(found(&result), [], "{}", result.out);
}

#[test]
fn a_database_without_a_store_is_a_problem() {
    let Some(database) = database() else { return };
    let result = inspect(database.url(), &[]);
    assert!(result.code == Some(1) && result.out.contains("laneway deploy"), "{}{}", result.out, result.err);
}

#[test]
fn an_index_that_associations_of_staff_would_read_is_asked_for_until_it_is_there() {
    let Some(store) = store() else { return };
    let asked = || {
        let object = inspect(store.url(), &["--json"]).object();
        let findings = object["findings"].as_array().unwrap().iter();
        let of_staff = |finding: &&serde_json::Value| finding["what"].as_str().unwrap().contains("staffuniqueid");
        findings.filter(of_staff).map(|finding| finding["next"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let [statement] = &asked()[..] else { panic!("{:?}", asked()) };
    execute(&store, statement);
    assert_eq!(asked(), Vec::<String>::new());
}
