//! Rules about single files.

use super::file::File;

/// More lines than this hold two concepts.
const LINES_MAX: usize = 450;
/// How far above `unsafe` its reason may begin.
const REASON_LINES_MAX: usize = 8;
/// Where `unsafe` is allowed: the C ABI, marked places of the plugin host, and guests, which are sandboxed.
const UNSAFE_ALLOWED: [&str; 3] = ["crates/laneway-ffi/", "crates/laneway-plugin/", "plugins/"];
/// Generated, or not ours to write.
const GENERATED: [&str; 4] = ["Cargo.lock", "include/", "LICENSE", "Generated"];

fn rust(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| file.path.ends_with(".rs"))
}

/// The lines that are wrong, each with its remedy.
fn lines<'a>(files: impl IntoIterator<Item = &'a File>, is_wrong: impl Fn(&str) -> bool, remedy: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        let wrong = file.text.lines().enumerate().filter(|(_, line)| is_wrong(line));
        findings.extend(wrong.map(|(number, _)| format!("{}:{}: {remedy}", file.path, number + 1)));
    }
    findings
}

pub(super) fn first_lines(files: &[File]) -> Vec<String> {
    rust(files)
        .filter(|file| !file.text.trim_start_matches("#![no_std]\n").starts_with("//!"))
        .map(|file| format!("{}: begin with `//!` and what the file holds, and what it refuses to know", file.path))
        .collect()
}

pub(super) fn lengths(files: &[File]) -> Vec<String> {
    let lines = |file: &File| file.text.lines().count();
    rust(files)
        .filter(|file| lines(file) > LINES_MAX)
        .map(|file| {
            format!(
                "{}: {} lines: find the second concept and give it a file ({LINES_MAX} at most)",
                file.path,
                lines(file)
            )
        })
        .collect()
}

pub(super) fn module_files(files: &[File]) -> Vec<String> {
    let has_folder =
        |stem: &str| rust(files).any(|file| file.path.strip_prefix(stem).is_some_and(|rest| rest.starts_with('/')));
    rust(files)
        .filter_map(|file| file.path.strip_suffix(".rs"))
        .filter(|stem| has_folder(stem))
        .map(|stem| format!("{stem}.rs: move it to {stem}/mod.rs, beside the module's other files"))
        .collect()
}

pub(super) fn line_ends(files: &[File]) -> Vec<String> {
    let ours = |file: &&File| {
        [".rs", ".md", ".sql", ".toml", ".cs", ".wit", ".c", ".cpp", ".sh"].iter().any(|end| file.path.ends_with(end))
            && !GENERATED.iter().any(|part| file.path.contains(part))
    };
    let ours = || files.iter().filter(ours);
    let spaces = lines(ours(), |line| line.ends_with([' ', '\t']), "remove the space at the line's end");
    let open = ours().filter(|file| !file.text.is_empty() && !file.text.ends_with('\n'));
    spaces.into_iter().chain(open.map(|file| format!("{}: end the last line", file.path))).collect()
}

pub(super) fn unsafe_code(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in rust(files) {
        let lines: Vec<&str> = file.text.lines().collect();
        let of_file = lines.iter().take_while(|line| line.starts_with("//!")).any(|line| is_reason(line));
        for (number, _) in lines.iter().enumerate().filter(|(_, line)| is_unsafe(line)) {
            let line = format!("{}:{}", file.path, number + 1);
            if !UNSAFE_ALLOWED.iter().any(|allowed| file.path.starts_with(allowed)) {
                findings.push(format!("{line}: unsafe code belongs into crates/laneway-ffi; find a safe way here"));
            } else if !of_file
                && !lines[number.saturating_sub(REASON_LINES_MAX)..=number].iter().any(|line| is_reason(line))
            {
                findings.push(format!("{line}: write above, in a comment `SAFETY: …`, why this is sound"));
            }
        }
    }
    findings
}

/// A block or an implementation; a function that is unsafe to call states its contract in its doc.
fn is_unsafe(line: &str) -> bool {
    let code = line.trim_start();
    !code.starts_with("//") && !code.contains('"') && (code.contains("unsafe {") || code.starts_with("unsafe impl"))
}

fn is_reason(line: &str) -> bool {
    line.contains("SAFETY") || line.contains("# Safety")
}

pub(super) fn sleeping_tests(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in rust(files) {
        let is_test_file =
            file.path.starts_with("tests/") || file.path.contains("/tests/") || file.path.ends_with("/tests.rs");
        // Not where a file of tests is only declared.
        let is_inline = |(line, next): (&str, &str)| line == "#[cfg(test)]" && next.ends_with('{');
        let inline = file.text.lines().zip(file.text.lines().skip(1)).position(is_inline);
        let Some(tests_begin) = (if is_test_file { Some(0) } else { inline }) else { continue };
        for (number, line) in file.text.lines().enumerate().skip(tests_begin) {
            if [concat!("thread::", "sleep("), concat!("time::", "sleep(")].iter().any(|call| line.contains(call)) {
                findings.push(format!(
                    "{}:{}: wait for a signal (a channel, a lock, an event) instead",
                    file.path,
                    number + 1
                ));
            }
        }
    }
    findings
}

pub(super) fn ignored_tests(files: &[File]) -> Vec<String> {
    let remedy = "let the test call laneway_tests::need, so that it is counted as skipped";
    lines(rust(files), |line| line.trim_start().starts_with("#[ignore"), remedy)
}

pub(super) fn machine_paths(files: &[File]) -> Vec<String> {
    // In parts, so that this file does not find itself.
    let paths = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/home/", "user/")];
    lines(files, |line| paths.iter().any(|path| line.contains(path)), "name no path of a machine")
}

pub(super) fn sql_comments(files: &[File]) -> Vec<String> {
    files
        .iter()
        .filter(|file| file.path.ends_with(".sql") && !file.text.starts_with("--"))
        .map(|file| format!("{}: begin with `--` and what the statement does", file.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::file::file;
    use super::*;

    #[test]
    fn each_rule_finds_a_file_that_breaks_it() {
        type Rule = fn(&[File]) -> Vec<String>;
        let long = "//! x\n".repeat(LINES_MAX + 1);
        let cases: [(Rule, &str, &str, &str); 10] = [
            (first_lines, "a.rs", "use x;\n", "begin with `//!`"),
            (lengths, "a.rs", &long, "second concept"),
            (line_ends, "a.md", "x \n", "a.md:1"),
            (line_ends, "a.md", "x", "end the last line"),
            (unsafe_code, "crates/laneway-core/src/a.rs", "let x = unsafe { y };\n", "safe way"),
            (unsafe_code, "crates/laneway-ffi/src/a.rs", "let x = unsafe { y };\n", "SAFETY"),
            (
                sleeping_tests,
                "crates/a/src/a.rs",
                concat!("#[cfg(test)]\nmod tests {\nthread::", "sleep(x)\n"),
                "a.rs:3",
            ),
            (ignored_tests, "tests/a.rs", "#[ignore]\n", "need"),
            (machine_paths, "a.md", concat!("see /wo", "rk/x\n"), "a.md:1"),
            (sql_comments, "a.sql", "SELECT 1\n", "begin with"),
        ];
        for (rule, path, text, wanted) in cases {
            let findings = rule(&[file(path, text)]);
            assert!(
                matches!(findings.as_slice(), [finding] if finding.contains(wanted)),
                "{path} {text:?}: {findings:?}"
            );
        }
    }

    #[test]
    fn sleeping_is_refused_in_tests_only() {
        let sleep = concat!("thread::", "sleep(x)\n");
        let declared = format!("#[cfg(test)]\nmod tests;\n{sleep}");
        assert_eq!(sleeping_tests(&[file("crates/a/src/a.rs", &declared)]), Vec::<String>::new());
        assert_eq!(sleeping_tests(&[file("crates/a/src/a/tests.rs", sleep)]).len(), 1);
    }

    #[test]
    fn a_module_is_no_file_beside_its_folder() {
        let files = ["a.rs", "a/b.rs", "a/c/mod.rs", "a/c/d.rs", "ab/c.rs"].map(|path| file(path, "//! It.\n"));
        assert_eq!(module_files(&files), ["a.rs: move it to a/mod.rs, beside the module's other files"]);
    }

    #[test]
    fn sources_that_keep_the_rules_have_no_findings() {
        let fine = file("crates/laneway-ffi/src/a.rs", "//! It.\n// SAFETY: the caller's.\nlet x = unsafe { y };\n");
        let files = [fine];
        for rule in [first_lines, lengths, line_ends, unsafe_code, sleeping_tests, ignored_tests, machine_paths] {
            assert_eq!(rule(&files), Vec::<String>::new());
        }
    }
}
