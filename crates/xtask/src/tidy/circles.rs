//! Files of one crate that import each other in a circle. Knows who imports whom (`imports.rs`), and no Rust.

use std::collections::{BTreeMap, BTreeSet};

use super::file::File;
use super::imports::{Imports, imports};

/// Begins the comment above a path that may close a circle; behind it stands why.
const EXCUSE: &str = "// Circle: ";

pub(super) fn circles(files: &[File]) -> Vec<String> {
    let roots = files.iter().filter_map(|file| {
        let folder = file.path.strip_suffix("lib.rs").or_else(|| file.path.strip_suffix("main.rs"))?;
        folder.ends_with("/src/").then_some(folder)
    });
    let folders: BTreeSet<&str> = roots.collect();
    folders.into_iter().flat_map(|folder| of_crate(folder, files)).collect()
}

fn of_crate(folder: &str, files: &[File]) -> Vec<String> {
    let mut imports = imports(folder, files, EXCUSE);
    let excused = excused(&imports);
    let needed: BTreeSet<(&str, usize)> = excused
        .iter()
        .filter(|(from, to, _)| leads_to(&imports, to, from))
        .map(|(from, _, line)| (*from, *line))
        .collect();
    let mut findings = BTreeSet::new();
    for (from, to, line) in excused {
        if !needed.contains(&(from, line)) {
            findings.insert(format!("{from}:{line}: there is no circle any more: take the excuse away"));
        }
        imports.entry(from).or_default().remove(to);
    }
    let mut findings: Vec<String> = findings.into_iter().collect();
    while let Some(circle) = find(&imports) {
        let (from, to) = (circle[circle.len() - 1], circle[0]);
        let line = imports[from][to].0;
        let names: Vec<&str> = circle.iter().map(|path| &path[folder.len()..]).collect();
        findings.push(format!(
            "{from}:{line}: this closes a circle ({} → {}): move what both need into the lower file, or say above why it \
             may be: `{EXCUSE}…`",
            names.join(" → "),
            names[0],
        ));
        imports.entry(from).or_default().remove(to);
    }
    findings
}

fn excused<'a>(imports: &Imports<'a>) -> Vec<(&'a str, &'a str, usize)> {
    let all =
        imports.iter().flat_map(|(from, to)| to.iter().map(|(to, (line, excused))| (*from, *to, *line, *excused)));
    all.filter(|(.., excused)| *excused).map(|(from, to, line, _)| (from, to, line)).collect()
}

fn leads_to(imports: &Imports<'_>, from: &str, to: &str) -> bool {
    let (mut seen, mut open) = (BTreeSet::from([from]), vec![from]);
    while let Some(file) = open.pop() {
        if file == to {
            return true;
        }
        open.extend(imports.get(file).into_iter().flat_map(BTreeMap::keys).filter(|next| seen.insert(**next)));
    }
    false
}

/// Some circle, the shortest of its first file.
fn find<'a>(imports: &Imports<'a>) -> Option<Vec<&'a str>> {
    let start = *imports.iter().find(|(from, to)| to.keys().any(|to| leads_to(imports, to, from)))?.0;
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    loop {
        let mut longer = Vec::new();
        for way in ways {
            for next in imports.get(way[way.len() - 1]).into_iter().flat_map(BTreeMap::keys) {
                if *next == start {
                    return Some(way);
                }
                if seen.insert(*next) {
                    longer.push([way.as_slice(), &[*next]].concat());
                }
            }
        }
        ways = longer;
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::file;
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        circles(&files.iter().map(|(name, text)| file(&format!("crates/x/src/{name}"), text)).collect::<Vec<_>>())
    }

    #[test]
    fn a_circle_is_found_through_uses_paths_and_re_exports() {
        for (a, b) in [
            ("use crate::b::B;", "use crate::a::A;"),
            ("use crate::b::{C, B};", "use super::a::A;"),
            ("use crate::b;\nfn f() { b::g() }", "fn g() { crate::a::f(); }"),
            ("use crate::B;", "fn g() { println!(\"{}\", super::a::f()); }"),
        ] {
            let findings = found(&[("lib.rs", "mod a;\nmod b;\npub use b::B;"), ("a.rs", a), ("b.rs", b)]);
            assert!(
                matches!(findings.as_slice(), [one] if one.contains("x/src/b.rs:1: ") && one.contains("(a.rs → b.rs → a.rs)")),
                "{a} {b}: {findings:?}"
            );
        }
    }

    #[test]
    fn a_parent_that_only_hands_on_its_children_is_in_no_circle() {
        let parent = "mod b;\nmod c;\npub use b::B;\npub(crate) use c::{C, D as E};";
        let of =
            |parent: &str, b: &str| found(&[("lib.rs", "mod a;"), ("a/mod.rs", parent), ("a/b.rs", b), ("a/c.rs", "")]);
        assert_eq!(of(parent, "use super::c::C;\nuse super::{C as F, E};\nuse crate::a;"), [""; 0]);
        let findings = of(&format!("{parent}\npub const MAX: u8 = 1;"), "use super::MAX;");
        assert!(matches!(findings.as_slice(), [one] if one.contains("a/b.rs → a/mod.rs → a/b.rs")), "{findings:?}");
    }

    #[test]
    fn tests_and_texts_import_what_they_like() {
        let a = "use crate::b::B;\n";
        for b in [
            "#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}",
            "#[cfg(test)]\nuse crate::a::A;\nstruct B;",
            "// use crate::a::A;\n/// [`crate::a::A`]\nconst B: &str = \"crate::a::A\";",
        ] {
            assert_eq!(found(&[("lib.rs", "mod a;\nmod b;"), ("a.rs", a), ("b.rs", b)]), [""; 0], "{b}");
        }
        let files = [("lib.rs", "mod a;\n#[cfg(test)]\nmod b;"), ("a.rs", a), ("b.rs", "use crate::a::A;")];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn an_excuse_stands_above_its_path_and_goes_with_its_circle() {
        let b = "// Circle: a page and its book know each other.\nuse crate::{a::A, c::C};";
        let of = |a| found(&[("lib.rs", "mod a;\nmod b;\nmod c;"), ("a.rs", a), ("b.rs", b), ("c.rs", "")]);
        assert_eq!(of("use crate::b::B;"), [""; 0]);
        assert!(matches!(of("").as_slice(), [one] if one.contains("b.rs:2") && one.contains("take the excuse away")));
    }
}
