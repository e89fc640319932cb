//! The documents name files and folders: they must exist, and every crate must be on ARCHITECTURE's map.

use super::file::File;

const ARCHITECTURE: &str = "ARCHITECTURE.md";
/// It names what was there at the time.
const HISTORY: &str = "CHANGELOG.md";

pub(super) fn names(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".md") && file.path != HISTORY) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let missing =
            paths(&file.text).filter(|path| !is_there(files, path) && !is_there(files, &format!("{folder}/{path}")));
        findings.extend(missing.map(|path| format!("{}: there is no {path}: name what replaced it", file.path)));
    }
    let map = files.iter().find(|file| file.path == ARCHITECTURE).map_or("", |file| &file.text);
    let crates = files.iter().filter_map(|file| file.path.strip_suffix("/Cargo.toml"));
    for path in crates.filter(|path| path.starts_with("crates/") && path.matches('/').count() == 1) {
        if !map.contains(&format!("`{path}`")) {
            findings.push(format!("{ARCHITECTURE}: give {path} a line in the map"));
        }
    }
    findings
}

/// Paths from the repository's folder or the document's own, written as code or as the target of a link.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let code = text.split('`').skip(1).step_by(2);
    let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let is_path = |path: &&str| {
        let plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
        plain
            && ["crates/", "plugins/", "tests/", "bindings/", "include/", "docs/"]
                .iter()
                .any(|root| path.starts_with(root))
    };
    code.chain(links).filter(is_path)
}

/// Whether it is a file, or a folder that holds one.
fn is_there(files: &[File], path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let is_below =
        |file: &File| file.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    files.iter().any(is_below)
}

#[cfg(test)]
mod tests {
    use super::super::file::file;
    use super::*;

    #[test]
    fn finds_what_is_gone_and_what_is_not_on_the_map() {
        let map = "`crates/a/src` and `crates/gone/src`, see [it](docs/gone.md#x) and `text`";
        let files = [file(ARCHITECTURE, map), file("crates/a/src/lib.rs", ""), file("crates/a/Cargo.toml", "")];
        let findings = names(&files);
        assert_eq!(findings.len(), 3, "{findings:?}");
        let contributing = file("CONTRIBUTING.md", "edit `crates/gone.rs`");
        assert_eq!(names(&[contributing]).len(), 1);
        let beside = [file("crates/a/README.md", "`tests/b.rs` and `tests/gone.rs`"), file("crates/a/tests/b.rs", "")];
        assert_eq!(names(&beside), ["crates/a/README.md: there is no tests/gone.rs: name what replaced it"]);
        assert_eq!(names(&[file(HISTORY, "`crates/gone.rs`")]), Vec::<String>::new());
        assert!(findings[0].contains("crates/gone/src") && findings[1].contains("docs/gone.md"));
        assert!(findings[2].contains("give crates/a a line"));
    }
}
