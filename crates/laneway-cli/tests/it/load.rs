//! Loads: every line is accounted for, whatever is wrong with it, and in whatever order it comes.

use crate::program::{Data, store};

#[test]
fn a_bad_line_costs_no_other() {
    let Some(store) = store() else { return };
    let data = Data::of(200);
    let mut lines: Vec<Vec<u8>> = data.lines().into_iter().map(String::into_bytes).collect();
    let good = lines.len() as u64;
    let bad: [(&[u8], &str, &str); 6] = [
        (b"nonsense", "invalid_document", "begin with"),
        (b"{\"project\":\"x\xff\"}", "invalid_document", "UTF-8"),
        (br#"{"project":"nowhere","endpoint":"students","body":{}}"#, "unknown_resource", "nowhere"),
        (br#"{"project":"ed-fi","endpoint":"nothings","body":{}}"#, "unknown_resource", "nothings"),
        (br#"{"project":"ed-fi","endpoint":"students","body":[]}"#, "invalid_document", "object"),
        (br#"{"project":"ed-fi","endpoint":"students","body_text":"{"}"#, "invalid_document", "JSON"),
    ];
    bad.iter().enumerate().for_each(|(i, (line, ..))| lines.insert(i * 20, line.to_vec()));
    let file = data.file("mixed.ndjson", lines.join(&b'\n'));
    let failures = data.path().join("failures.ndjson");
    let result = data.load(store.url(), &["--json", "--failures", failures.to_str().unwrap(), &file]);
    assert_eq!(result.code, Some(1), "{}", result.err);
    let object = result.object();
    assert_eq!(object["inserted"], good, "{object}\n{}", result.err);
    assert_eq!(object["failures"], serde_json::json!({"invalid_document": 4, "unknown_resource": 2}));

    let written = std::fs::read_to_string(&failures).unwrap();
    assert_eq!(written.lines().count(), bad.len());
    for (line, outcome, detail) in bad {
        let line = String::from_utf8_lossy(line);
        let found = written
            .lines()
            .any(|written| written.contains(outcome) && written.to_lowercase().contains(&detail.to_lowercase()));
        assert!(found, "{outcome} with `{detail}` for {line} is not among:\n{written}");
    }
}

#[test]
fn failed_documents_can_be_loaded_again_from_their_file() {
    let Some(store) = store() else { return };
    let data = Data::of(300);
    let lines = data.lines();
    // Its second half first: most of it lacks what it refers to.
    let (first, second) = lines.split_at(lines.len() / 2);
    let (first, second) = (data.file("first.ndjson", first.join("\n")), data.file("second.ndjson", second.join("\n")));
    let failures = data.path().join("failures.ndjson");
    let failures = failures.to_str().unwrap();
    let result = data.load(store.url(), &["--json", "--failures", failures, &second]);
    assert_eq!(result.code, Some(1));
    let failed = result.object()["failed"].as_u64().unwrap();
    assert!(failed > 0);
    assert!(result.err.contains("second.ndjson:") && result.err.contains(": invalid_"), "{}", result.err);

    assert_eq!(data.load(store.url(), &[&first]).code, Some(0));
    let result = data.load(store.url(), &["--json", failures]);
    assert_eq!((result.code, result.object()["inserted"].as_u64()), (Some(0), Some(failed)), "{}", result.err);
}

#[test]
fn every_order_stores_every_document() {
    let data = Data::of(1000);
    let documents = data.documents();
    let documents = documents.to_str().unwrap();
    for order in [
        &["--order", "dependent"][..],
        &["--shuffle", "7"],
        &["--baseline", "--concurrency", "1"],
        &["--single"],
        &["--baseline", "--order", "retried"],
    ] {
        let Some(store) = store() else { return };
        let result = data.load(store.url(), &[order, &["--json", documents]].concat());
        assert_eq!(result.code, Some(0), "{order:?}: {}", result.err);
        let object = result.object();
        assert_eq!(object["inserted"], 1000, "{order:?}: {object}");
        if order[0] == "--shuffle" {
            assert!(object["rounds"].as_u64() > Some(1) && object["resubmitted"].as_u64() > Some(0), "{object}");
        } else if order.contains(&"retried") {
            // 64 callers of a write path that waits for nothing: some are refused until they come again.
            assert!(object["rounds"].as_u64() > Some(0), "{object}");
        } else {
            assert_eq!((&object["resubmitted"], object.get("rounds")), (&0.into(), None), "{object}");
        }
    }
}

#[test]
fn raw_bodies_are_stored_as_they_are() {
    let Some(store) = store() else { return };
    let data = Data::of(100);
    let documents = data.documents();
    let stored_tags = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let sql = "SELECT count(*) FROM dms.document WHERE edfidoc ? '_etag' AND edfidoc ? '_lastModifiedDate'";
        runtime.block_on(laneway_postgres_tools::run_script(store.config(), sql)).unwrap()[0][0].clone().unwrap()
    };
    assert_eq!(data.load(store.url(), &["--raw-body", documents.to_str().unwrap()]).code, Some(0));
    assert_eq!(stored_tags(), "0");
    assert_eq!(data.load(store.url(), &[documents.to_str().unwrap()]).code, Some(0));
    assert_eq!(stored_tags(), "100");
}

#[test]
fn a_nul_fails_its_document_only() {
    let Some(store) = store() else { return };
    let data = Data::of(200);
    let mut lines = data.lines();
    let last = lines.pop().unwrap();
    let at = last.rfind("\"}").unwrap();
    lines.push(format!("{}\\u0000{}", &last[..at], &last[at..]));
    let file = data.file("nul.ndjson", lines.join("\n"));
    let result = data.load(store.url(), &["--json", &file]);
    let object = result.object();
    assert_eq!(
        (result.code, &object["inserted"], &object["failed"]),
        (Some(1), &199.into(), &1.into()),
        "{}",
        result.err
    );
    assert!(object["failures"].get("failed").is_some(), "{object}\n{}", result.err);
}
