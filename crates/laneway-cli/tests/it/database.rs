//! What is wrong with a database is reported; what is right with it is left alone.

use laneway_tests::by_hand::tables_by_hand;
use laneway_tests::need;

use crate::program::{Data, database, run, store};

#[test]
fn a_database_that_is_no_store_is_refused() {
    let Some(database) = database() else { return };
    let data = Data::of(100);
    let documents = data.documents();
    for mode in ["--baseline", "--single", "--json"] {
        data.load(database.url(), &[mode, documents.to_str().unwrap()])
            .refused(3, &["laneway deploy", "Nothing was loaded"]);
    }
}

#[test]
fn a_second_deployment_does_nothing() {
    let Some(database) = database() else { return };
    let first = run(&["deploy", "--url", database.url()]);
    assert!(first.code == Some(0) && first.out.contains("deployed"), "{}{}", first.out, first.err);
    let second = run(&["deploy", "--url", database.url()]);
    assert!(second.code == Some(0) && second.out.contains("nothing was changed"), "{}{}", second.out, second.err);
}

#[test]
fn foreign_tables_are_refused() {
    let Some(database) = database() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let foreign = "CREATE SCHEMA dms; CREATE TABLE dms.document (id int)";
    runtime.block_on(laneway_postgres_tools::run_script(database.config(), foreign)).unwrap();
    run(&["deploy", "--url", database.url()]).refused(3, &["document", "Nothing was changed"]);
}

#[test]
fn the_tables_of_an_older_release_are_deployed_where_asked_for_and_left_alone() {
    let Some(database) = database() else { return };
    let deploy = |release| run(&["deploy", "--url", database.url(), "--release", release]);
    deploy("0.5").refused(2, &["name 0.6 or 0.7"]);
    let first = deploy("0.6");
    assert!(first.code == Some(0) && first.out.contains("deployed ("), "{}{}", first.out, first.err);
    for release in ["0.6", "0.7"] {
        let again = deploy(release);
        assert!(again.out.contains("a store of an older release; nothing was changed"), "{}{}", again.out, again.err);
    }
}

/// What is missing is named before anything is loaded, and what `laneway grants` prints is enough.
#[test]
fn a_role_needs_what_grants_prints() {
    let (Some(server), Some(store)) = (need::server(), store()) else { return };
    if !server.is_own() {
        need::skip::<()>("roles are created on a server of our own only");
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let execute = |statements: &str| {
        runtime.block_on(laneway_postgres_tools::run_script(store.config(), statements)).unwrap();
    };
    execute("CREATE ROLE limited LOGIN");
    let data = Data::of(300);
    let (url, documents) = (store.url().replace("laneway@", "limited@"), data.documents());
    let documents = documents.to_str().unwrap();
    data.load(&url, &[documents]).refused(
        3,
        &[
            "GRANT USAGE ON SCHEMA dms TO \"limited\"",
            "SELECT, INSERT, DELETE ON TABLE dms.reference",
            "Nothing was loaded",
        ],
    );
    let grants = run(&["grants", "--role", "limited"]);
    assert_eq!(grants.code, Some(0), "{}", grants.err);
    execute(&grants.out);
    for _ in ["inserted", "found again"] {
        let result = data.load(&url, &[documents]);
        assert_eq!(result.code, Some(0), "{}{}", result.out, result.err);
    }
}

/// Tables made by hand, with other orders of columns and a foreign column, hold the same in the end.
#[test]
fn tables_made_by_hand_become_a_store() {
    let (Some(recorded), Some(server)) = (need::data(), need::server()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let tables = folder.path().join("tables.sql");
    let catalog = std::fs::read_to_string(recorded.join("store-catalog.tsv")).unwrap();
    std::fs::write(&tables, tables_by_hand(&catalog)).unwrap();
    let demo = ["demo", "--documents", "3000", "--again", "--json", "--prepare", tables.to_str().unwrap()];
    let output = crate::program::laneway(&demo).env("LANEWAY_DATABASE_URL", server.config().url()).output().unwrap();
    let result = crate::program::RunResult::from(output);
    assert_eq!(result.code, Some(0), "{}", result.err);
    let object = result.object();
    assert_eq!((object["inserted"].as_u64(), &object["store"]["equal"]), (Some(3000), &true.into()), "{object}");
    assert_eq!((object["again"]["updated"].as_u64(), &object["again"]["unchanged"]), (Some(3000), &true.into()));
}

/// In any zone of the session, through a batch, one by one, and by the comparison; inserted and updated.
#[test]
fn times_are_written_in_utc() {
    let data = Data::of(60);
    let changed: Vec<String> =
        data.lines().iter().map(|line| line.replace("\"body\":{", "\"body\":{\"note\":\"changed\",")).collect();
    assert!(changed.iter().all(|line| line.contains("changed")));
    let changed = data.file("changed.ndjson", changed.join("\n"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for mode in [&[][..], &["--single"], &["--baseline"]] {
        let Some(database) = database() else { return };
        let zone = format!("ALTER DATABASE \"{}\" SET timezone = 'America/Chicago'", database.name());
        runtime.block_on(laneway_postgres_tools::run_script(database.config(), &zone)).unwrap();
        assert_eq!(run(&["deploy", "--url", database.url()]).code, Some(0));
        for documents in [data.documents().to_str().unwrap(), changed.as_str()] {
            let result = data.load(database.url(), &[mode, &["--order", "dependent", documents]].concat());
            assert_eq!(result.code, Some(0), "{}{}", result.out, result.err);
        }
        // Chicago is 5 or 6 hours from UTC; no test takes 4.
        let query = "SELECT count(*), count(*) FILTER (WHERE lastmodifiedat > createdat), current_setting('timezone'),
                count(*) FILTER (WHERE now() AT TIME ZONE 'UTC' - least(createdat, lastmodifiedat) NOT BETWEEN '0' AND '4 hours')
            FROM dms.document";
        let row =
            runtime.block_on(async { database.config().connect().await.unwrap().query_one(query, &[]).await.unwrap() });
        let found: (i64, i64, String, i64) = (row.get(0), row.get(1), row.get(2), row.get(3));
        assert_eq!((found.1, found.2.as_str(), found.3), (found.0, "America/Chicago", 0), "{mode:?}");
        assert!(found.0 >= 60, "{mode:?}: {found:?}");
    }
}
