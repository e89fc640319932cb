//! `cargo xtask authors`: the plugins in Python and JavaScript, built by their tools as their pages say, added to a folder,
//! checked, and held to what the example in Rust answers. Beside the tests, as it needs tools from PyPI and npm, and minutes.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::cargo::{cargo, exit, succeeds};
use crate::workspace;

/// Documents, and the identity or the error's code that each must give.
const DOCUMENTS: &[(&str, &str)] = &[
    (r#"{"building":"Main Hall","floor":2,"number":"7"}"#, r#""identity":[["$.roomKey","MH-2.07"]]"#),
    (r#"{"number":112,"floor":0,"building":" \u00e9cole "}"#, r#""identity":[["$.roomKey","É-0.112"]]"#),
    (r#"{"building":"A\u001cB\u2028\u0085C","floor":1.0,"number":1}"#, r#""identity":[["$.roomKey","AC-1.0.01"]]"#),
    (
        r#"{"building":"A","floor":1,"number":1,"schoolReference":{"schoolId":20}}"#,
        r#""identity":[["$.schoolId","20"]]"#,
    ),
    (r#"{"building":"A","floor":1,"number":1,"schoolReference":{"schoolId":2e1}}"#, "schoolId is `2e1`"),
    (r#"{"building":"A","floor":1,"number":1,"_etag":"\ud800"}"#, r#""identity":[["$.roomKey","A-1.01"]]"#),
    (r#"{"building":"A","floor":1}"#, r#""code":"identity-missing""#),
    (r#"{"building":" ","floor":1,"number":1}"#, r#""code":"room-without-building""#),
    (r#"{"building":null,"floor":1,"number":1}"#, r#""code":"not-a-scalar""#),
    (r#"{"building":"A","floor":1,"number":1,"floor":2}"#, r#""code":"duplicate-property""#),
    (r#"{"building":"\ud800","floor":1,"number":1}"#, r#""code":"lone-surrogate""#),
    (r#"{"\ud800":1,"building":"A","floor":1,"number":1}"#, r#""code":"lone-surrogate""#),
    ("\u{feff}{}", r#""code":"invalid-json""#),
    ("[]", r#""code":"not-an-object""#),
    (r#"{"building":"A","floor":NaN,"number":1}"#, r#""code":"invalid-json""#),
];

/// A toolchain: its name, and the command that writes its component to a path.
type Toolchain = (&'static str, fn(&Path) -> Result<(), String>);

const TOOLCHAINS: &[Toolchain] = &[("JavaScript", javascript), ("Python", python)];

/// Builds and tries each; `program`: a `laneway` that is built already.
pub(crate) fn run(program: Option<&str>) -> ExitCode {
    let result = program.map_or_else(built, |program| Ok(program.into())).and_then(|program| {
        let folder = tempfile::tempdir().map_err(|error| format!("cannot make a folder: {error}"))?;
        TOOLCHAINS.iter().try_for_each(|(name, build)| {
            one(name, *build, &program, folder.path()).map_err(|what| format!("{name}: {what}"))
        })
    });
    if let Err(message) = &result {
        eprintln!("{message}");
    }
    exit(result.is_ok())
}

/// The program, built for the measure.
fn built() -> Result<PathBuf, String> {
    if !succeeds(&mut cargo(&["build", "--release", "--package", "laneway-cli"])) {
        return Err("the program cannot be built".to_owned());
    }
    Ok(workspace::target().join("release/laneway"))
}

fn one(name: &str, build: fn(&Path) -> Result<(), String>, program: &Path, folder: &Path) -> Result<(), String> {
    let (component, plugins) = (folder.join(format!("{name}.wasm")), folder.join(name));
    let started = Instant::now();
    build(&component)?;
    let size = std::fs::metadata(&component).map_err(|error| error.to_string())?.len();
    println!("{name}: {:.1} MB, built in {:.0?}", size as f64 / 1e6, started.elapsed());
    let laneway = |arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).env("LANEWAY_CODE_CACHE", folder.join("code"));
        command
    };
    let good = written(&folder.join("good.ndjson"), |expected| expected.starts_with("\"identity\""))?;
    let [component, plugins, good] = [&component, &plugins, &good].map(|path| path.to_string_lossy());
    for arguments in [
        &["plugin", "pack", &component, "-o", &plugins][..],
        &["plugin", "list", &plugins],
        &["plugin", "check", &plugins, "--documents", &good],
    ] {
        let started = Instant::now();
        if !succeeds(&mut laneway(arguments)) {
            return Err(format!("laneway {} failed", arguments.join(" ")));
        }
        println!("{name}: laneway {} {} took {:.1?}", arguments[0], arguments[1], started.elapsed());
    }
    answers(&mut laneway(&["extract", "--plugins", &plugins]), folder)
}

/// A file of the documents that are to give what is wanted.
fn written(file: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<PathBuf, String> {
    let lines = DOCUMENTS.iter().filter(|(_, expected)| is_wanted(expected)).map(|(body, _)| {
        let body = serde_json::Value::String((*body).to_owned());
        format!("{{\"project\":\"campus\",\"endpoint\":\"rooms\",\"body_text\":{body}}}\n")
    });
    std::fs::write(file, lines.collect::<String>()).map_err(|error| error.to_string())?;
    Ok(file.to_owned())
}

/// What each document gives.
fn answers(extract: &mut Command, folder: &Path) -> Result<(), String> {
    let documents = written(&folder.join("rooms.ndjson"), |_| true)?;
    let output = extract.arg(&documents).output().map_err(|error| error.to_string())?;
    let found = String::from_utf8_lossy(&output.stdout).into_owned();
    if found.lines().count() != DOCUMENTS.len() {
        return Err(format!("laneway extract: {found}{}", String::from_utf8_lossy(&output.stderr)));
    }
    let wrong = found.lines().zip(DOCUMENTS).find(|(found, (_, expected))| !found.contains(expected));
    wrong.map_or(Ok(()), |(found, (body, expected))| Err(format!("{body} gives {found}, without {expected}")))
}

fn example(name: &str) -> PathBuf {
    workspace::root().join("plugins/examples").join(name)
}

/// By the `componentize-py` of the search path.
fn python(component: &Path) -> Result<(), String> {
    let mut build = Command::new("componentize-py");
    build.current_dir(example("python")).args(["-d", "../../wit/laneway-resource-1.0", "componentize", "--stub-wasi"]);
    ran(build.args(["rooms", "-o"]).arg(component), "pip install componentize-py")
}

/// By the package that `npm` brings into the example's folder.
fn javascript(component: &Path) -> Result<(), String> {
    let folder = example("javascript");
    let npm = |arguments: &[&str]| {
        let mut npm = Command::new("npm");
        ran(npm.current_dir(&folder).args(arguments), "install Node.js and npm")
    };
    npm(&["install", "--no-package-lock"])?;
    npm(&["run", "build"])?;
    let built = folder.join("rooms.wasm");
    std::fs::copy(&built, component).map(drop).map_err(|error| format!("{}: {error}", built.display()))
}

fn ran(command: &mut Command, remedy: &str) -> Result<(), String> {
    if succeeds(command) { Ok(()) } else { Err(format!("it cannot be built; is the tool there? {remedy}")) }
}
