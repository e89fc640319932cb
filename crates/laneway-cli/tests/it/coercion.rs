//! Texts that stand for dates and numbers: as the service takes them, or refused where they would make a second document.

use serde_json::{Value, json};

use crate::program::{Data, run, store};

/// Stays of a person, known by person and first day.
fn schema() -> Value {
    json!({"apiSchemaVersion": "1.0.0", "projectSchema": {
        "projectName": "Test", "projectEndpointName": "test", "projectVersion": "1", "isExtensionProject": false,
        "caseInsensitiveEndpointNameMapping": {"stays": "stays"},
        "resourceSchemas": {"stays": {
            "resourceName": "Stay", "isDescriptor": false, "identityJsonPaths": ["$.personId", "$.beginDate"],
            "documentPathsMapping": {}, "securableElements": {},
            "dateJsonPaths": ["$.beginDate"], "dateTimeJsonPaths": ["$.notedAt"],
            "booleanJsonPaths": ["$.nights[*].isPaid"], "numericJsonPaths": ["$.personId", "$.nights[*].price"],
            "decimalPropertyValidationInfos": [],
        }},
    }})
}

/// The same stay in the two forms.
const TEXTS: &str = r#"{"personId":" 7 ","beginDate":"02/09/2018","notedAt":"2/9/2018 23:30:00","nights":[{"isPaid":"True","price":"1.50"}]}"#;
const VALUES: &str = r#"{"personId":7,"beginDate":"2018-02-09","notedAt":"2018-02-09T23:30:00Z","nights":[{"isPaid":true,"price":1.5}]}"#;

fn line(body: &str) -> String {
    format!("{{\"project\":\"test\",\"endpoint\":\"stays\",\"body\":{body}}}\n")
}

/// Every stored body without what stamping sets, and its tag.
fn stored(database: &laneway_embedded::Database) -> Vec<(Value, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sql = "SELECT edfidoc - '{_etag,_lastModifiedDate,id}'::text[], edfidoc ->> '_etag' FROM dms.document";
    let rows = runtime.block_on(laneway_postgres_tools::run_script(database.config(), sql)).unwrap();
    rows.into_iter()
        .map(|row| (serde_json::from_str(row[0].as_deref().unwrap()).unwrap(), row[1].clone().unwrap_or_default()))
        .collect()
}

#[test]
fn a_date_with_slashes_and_one_with_dashes_are_one_document() {
    let Some(database) = store() else { return };
    let data = Data::of(1);
    let schema = data.file("test.apischema.json", schema().to_string());
    let load = |body: &str, more: &[&str]| {
        let file = data.file("stays.ndjson", line(body));
        run(&[&["load", "--json", "--url", database.url(), "--schema", &schema, &file], more].concat())
    };
    let first = load(TEXTS, &[]);
    assert_eq!((first.code, &first.object()["inserted"]), (Some(0), &json!(1)), "{}", first.err);
    let texts = stored(&database);
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].0, serde_json::from_str::<Value>(VALUES).unwrap(), "what is stored is coerced");

    for (body, more) in [(VALUES, &[][..]), (TEXTS, &["--order", "dependent"]), (TEXTS, &["--baseline"])] {
        let again = load(body, more);
        assert_eq!((again.code, &again.object()["updated"]), (Some(0), &json!(1)), "{more:?} {}", again.err);
        assert_eq!(stored(&database), texts, "{more:?}: the tag is that of the coerced body");
    }
}

#[test]
fn without_coercion_a_second_form_of_an_identity_is_refused_by_name() {
    let Some(database) = store() else { return };
    let data = Data::of(1);
    let schema = data.file("test.apischema.json", schema().to_string());
    let lines = line(VALUES) + &line(TEXTS) + &line(&TEXTS.replace("\" 7 \"", "7"));
    let file = data.file("stays.ndjson", lines);
    for switch in ["--no-coercion", "--raw-body"] {
        let result = run(&["load", "--json", "--url", database.url(), "--schema", &schema, switch, &file]);
        assert_eq!(result.code, Some(1), "{}", result.err);
        assert_eq!(result.object()["failures"], json!({"invalid_document": 2}));
        assert!(result.err.contains("$.personId is the text ` 7 `, which stands for 7"), "{}", result.err);
        assert!(result.err.contains("$.beginDate is the text `02/09/2018`"), "{}", result.err);
        assert_eq!(stored(&database).len(), 1);
    }
}

#[test]
fn extract_coerces_unless_it_is_asked_not_to() {
    let data = Data::of(1);
    let schema = data.file("test.apischema.json", schema().to_string());
    let file = data.file("stays.ndjson", line(TEXTS));
    let extracted = run(&["extract", "--schema", &schema, &file]).object();
    assert_eq!(extracted["identity"], json!([["$.personId", "7"], ["$.beginDate", "2018-02-09"]]));
    let extracted = run(&["extract", "--no-coercion", "--schema", &schema, &file]).object();
    assert_eq!(extracted["error"]["code"], "not-coerced");
}

#[test]
fn inspect_shows_what_is_coerced_or_that_nothing_is() {
    let data = Data::of(1);
    let mut plain = schema();
    let coercing = data.file("test.apischema.json", plain.to_string());
    let shown = run(&["plugin", "inspect", &coercing]).out;
    for expected in ["coerces date $.beginDate", "coerces date-time $.notedAt", "coerces number $.nights[*].price"] {
        assert!(shown.contains(expected), "{shown}");
    }
    let stays = plain["projectSchema"]["resourceSchemas"]["stays"].as_object_mut().unwrap();
    stays.retain(|name, _| !name.ends_with("JsonPaths") || name == "identityJsonPaths");
    let plain = data.file("plain.apischema.json", plain.to_string());
    let shown = run(&["plugin", "inspect", &plain]).out;
    assert!(shown.contains("coerces nothing: documents are taken as they are"), "{shown}");
    let differing = run(&["plugin", "diff", &plain, &coercing]);
    assert!(differing.out.contains("coercions change"), "{}{}", differing.out, differing.err);
}
