//! Two versions of one record among the documents: the later one counts, in whatever order they are submitted.

use laneway_embedded::Database;
use serde_json::json;

use crate::program::{Data, RunResult, store};

/// A school of which no one knows, under a district of which no one knows.
const SCHOOL: u32 = 1_999_999;
const DISTRICT: u32 = 199_999;

/// A store with a generated data set, to which the test adds.
struct World {
    data: Data,
    store: Database,
}

impl World {
    fn new() -> Option<Self> {
        let (store, data) = (store()?, Data::of(200));
        let documents = data.documents();
        let result = data.load(store.url(), &[documents.to_str().unwrap()]);
        assert_eq!(result.code, Some(0), "{}", result.err);
        Some(Self { data, store })
    }

    /// A line of the data set with another body.
    fn changed(&self, endpoint: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
        let lines = self.data.lines();
        let line = lines.iter().find(|line| line.contains(&format!("\"endpoint\":\"{endpoint}\""))).unwrap();
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        change(&mut line["body"]);
        line.to_string()
    }

    fn school(&self, name: &str, district: Option<u32>) -> String {
        self.changed("schools", |body| {
            body["schoolId"] = SCHOOL.into();
            body["nameOfInstitution"] = name.into();
            match district {
                Some(district) => body["districtReference"] = json!({"districtId": district}),
                None => drop(body.as_object_mut().unwrap().remove("districtReference")),
            }
        })
    }

    fn district(&self) -> String {
        self.changed("districts", |body| {
            body["districtId"] = DISTRICT.into();
            body["nameOfInstitution"] = "the last one".into();
        })
    }

    fn load(&self, name: &str, lines: &[String], arguments: &[&str]) -> RunResult {
        let file = self.data.file(name, lines.join("\n"));
        self.data.load(self.store.url(), &[arguments, &["--json", &file]].concat())
    }

    fn stored_name(&self) -> Option<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let sql = format!(
            "SELECT edfidoc->>'nameOfInstitution' FROM dms.document WHERE edfidoc @> '{{\"schoolId\":{SCHOOL}}}'"
        );
        let rows = runtime.block_on(laneway_postgres_tools::run_script(self.store.config(), &sql)).unwrap();
        rows.first().and_then(|row| row[0].clone())
    }
}

const ORDERS: [&[&str]; 7] = [
    &[],
    &["--concurrency", "1"],
    &["--single"],
    &["--order", "dependent"],
    &["--order", "retried"],
    &["--baseline", "--order", "retried"],
    &["--baseline"],
];

/// The earlier version can be stored only when the last line is; by then the later one is.
#[test]
fn the_later_version_counts_in_every_order() {
    for order in ORDERS {
        let Some(world) = World::new() else { return };
        let lines = [world.school("old", Some(DISTRICT)), world.school("new", None), world.district()];
        let result = world.load("versions.ndjson", &lines, order);
        assert_eq!((result.code, world.stored_name().as_deref()), (Some(0), Some("new")), "{order:?}: {}", result.err);
        let object = result.object();
        assert_eq!((&object["documents"], &object["failed"]), (&3.into(), &0.into()), "{order:?}: {object}");
        assert_eq!(object["superseded"], 1, "{order:?}: {object}");
    }
}

/// What was refused of an earlier version is not written to the failures: loaded again, it would undo the later one.
#[test]
fn failures_handed_in_again_leave_the_later_version() {
    for order in ORDERS {
        let Some(world) = World::new() else { return };
        let failures = world.data.path().join("failures.ndjson");
        let failures = failures.to_str().unwrap();
        let lines = [world.school("old", Some(DISTRICT)), world.school("new", None)];
        let result = world.load("versions.ndjson", &lines, &[order, &["--failures", failures]].concat());
        assert_eq!(result.code, Some(0), "{order:?}: {}{}", result.out, result.err);
        assert_eq!(result.object()["superseded"], 1, "{order:?}: {}", result.out);
        assert!(!result.err.contains("invalid_references"), "{order:?}: {}", result.err);
        assert_eq!(std::fs::read_to_string(failures).unwrap(), "", "{order:?}");
        assert_eq!(world.load("district.ndjson", &[world.district()], &[]).code, Some(0));
        assert_eq!(world.data.load(world.store.url(), &[failures]).code, Some(0));
        assert_eq!(world.stored_name().as_deref(), Some("new"), "{order:?}");
    }
}

/// Both were refused: the failures have them in their order.
#[test]
fn failures_keep_the_order_of_versions() {
    for order in ORDERS {
        let Some(world) = World::new() else { return };
        let failures = world.data.path().join("failures.ndjson");
        let failures = failures.to_str().unwrap();
        let versions = ["older", "old", "new"].map(|name| world.school(name, Some(DISTRICT)));
        let result = world.load("versions.ndjson", &versions, &[order, &["--failures", failures]].concat());
        let object = result.object();
        assert_eq!((&object["failed"], &object["superseded"]), (&3.into(), &0.into()), "{order:?}: {object}");
        assert_eq!(world.load("district.ndjson", &[world.district()], &[]).code, Some(0));
        let result = world.data.load(world.store.url(), &[order, &["--json", failures]].concat());
        assert_eq!((result.code, world.stored_name().as_deref()), (Some(0), Some("new")), "{order:?}: {}", result.err);
        assert_eq!(result.object()["superseded"], 2, "{order:?}: {}", result.out);
    }
}

/// At random nothing is the later one.
#[test]
fn shuffled_documents_supersede_nothing() {
    let Some(world) = World::new() else { return };
    let lines = [world.school("one", None), world.school("another", None)];
    let result = world.load("versions.ndjson", &lines, &["--shuffle", "5"]);
    assert_eq!((result.code, &result.object()["superseded"]), (Some(0), &0.into()), "{}", result.err);
}
