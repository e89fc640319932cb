//! What a store coerces, as its options say, through the C ABI and on real PostgreSQL.

use laneway::abi::{laneway_coercion_t, laneway_outcome_t, laneway_result_t};
use laneway_embedded::{Server, Settings};
use laneway_postgres::deploy;
use laneway_postgres_tools::run_script;
use laneway_schema::{ApiSchema, compile};

use crate::host::{Host, Upsert};
use crate::host_extraction::handle;
use crate::need::skip;

const SCHEMA: &str = r#"{"apiSchemaVersion": "1.0.0", "projectSchema": {
    "projectName": "Test", "projectEndpointName": "test", "projectVersion": "1", "isExtensionProject": false,
    "caseInsensitiveEndpointNameMapping": {"stays": "stays"},
    "resourceSchemas": {"stays": {
        "resourceName": "Stay", "isDescriptor": false, "identityJsonPaths": ["$.personId", "$.beginDate"],
        "documentPathsMapping": {}, "securableElements": {},
        "dateJsonPaths": ["$.beginDate"], "numericJsonPaths": ["$.personId"]}}}}"#;

const INSERTED: u32 = laneway_outcome_t::LANEWAY_OUTCOME_INSERTED as u32;
const UPDATED: u32 = laneway_outcome_t::LANEWAY_OUTCOME_UPDATED as u32;
const INVALID_DOCUMENT: u32 = laneway_outcome_t::LANEWAY_OUTCOME_INVALID_DOCUMENT as u32;

fn plugins() -> u64 {
    let compiled = compile(&[ApiSchema::parse("test.json", SCHEMA.as_bytes()).unwrap()]).unwrap();
    handle(&compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect::<Vec<_>>())
}

fn stay(person: &str, begin: &str) -> Upsert {
    Upsert {
        project: "test".into(),
        endpoint: "stays".into(),
        document: format!("{{\"personId\":{person},\"beginDate\":\"{begin}\"}}"),
        ..Upsert::default()
    }
}

#[test]
fn a_store_coerces_what_its_options_say() {
    let server = match Server::start(&Settings::for_tests()) {
        Ok(server) => server,
        Err(error) => return skip(&format!("no server: {error}")),
    };
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = threads.block_on(async {
        let database = server.create_database("laneway_test").await.unwrap();
        deploy(database.config()).await.unwrap();
        database
    });
    let mut host = Host::new();
    let plugins = plugins();
    let open = |coercion: laneway_coercion_t| {
        host.open_with(database.url(), plugins, |options| options.coercion = coercion as u32, |_| {}).unwrap()
    };
    let all = open(laneway_coercion_t::LANEWAY_COERCION_ALL);
    let dates = open(laneway_coercion_t::LANEWAY_COERCION_DATES);
    let nothing = open(laneway_coercion_t::LANEWAY_COERCION_NOTHING);

    assert_eq!(host.upsert(all, &stay("\" 7\"", "02/09/2018")).outcome, INSERTED);
    assert_eq!(host.upsert(dates, &stay("7", "2/9/2018")).outcome, UPDATED);
    assert_eq!(host.upsert(nothing, &stay("7", "2018-02-09")).outcome, UPDATED);
    for (store, refused, named) in [
        (dates, stay("\"7\"", "2/9/2018"), "$.personId"),
        (nothing, stay("7", "2/9/2018"), "$.beginDate"),
        (nothing, stay("\"7\"", "2018-02-09"), "$.personId"),
    ] {
        let end = host.upsert(store, &refused);
        assert_eq!(end.outcome, INVALID_DOCUMENT, "{end:?}");
        assert!(end.detail.contains("not-coerced") && end.detail.contains(named), "{end:?}");
    }
    let rows = threads.block_on(run_script(database.config(), "SELECT edfidoc - 'id' FROM dms.document")).unwrap();
    assert_eq!(rows.len(), 1, "each was the same document");
    assert_eq!(rows[0][0].as_deref(), Some(r#"{"personId": 7, "beginDate": "2018-02-09"}"#));
}

#[test]
fn an_unknown_coercion_is_refused() {
    let error = Host::new()
        .open_with("postgres://someone@127.0.0.1:1/none", 0, |options| options.coercion = 3, |_| {})
        .unwrap_err();
    assert_eq!(error.code, laneway_result_t::LANEWAY_E_ARGUMENT);
    assert!(error.message.contains("coercion is 3 (0 to 2)"), "{}", error.message);
}
