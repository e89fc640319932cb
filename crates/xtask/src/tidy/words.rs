//! Words that were struck off, each with the field's own. Reads text as words, and knows nothing of syntax.

use super::file::File;

/// Words and phrases in lower case, with what to write instead. They are found in prose and in names of every style.
/// To strike one off: replace it everywhere, then add it here.
const STRUCK_OFF: &[(&str, &str)] = &[
    ("knot", "deadlock"),
    ("knots", "deadlocks"),
    ("untie", "resolve (a deadlock)"),
    ("suspect", "suspicious, or a deadlock candidate"),
    ("told", "returned, reported or asked"),
    ("said", "returned or reported"),
    ("nobody", "no one, or who it is"),
    ("somebody", "who it is"),
    ("stood in line", "awaiting identity"),
    ("parked", "awaiting references"),
    ("slo", "latency objective"),
    ("last word", "final outcome"),
    ("took place", "commit status"),
    ("deed", "action"),
    ("forgive", "reset"),
    ("loopback", "echo"),
    ("trial", "canary"),
    ("trials", "canaries"),
    ("spoil", "mutate or corrupt"),
    ("spoiled", "malformed"),
    ("damaged", "malformed or corrupt"),
];
/// This list, the record of what was renamed, and a contract that is frozen.
const EXEMPT: [&str; 3] =
    ["crates/xtask/src/tidy/words.rs", "CHANGELOG.md", "plugins/wit/laneway-resource-1.0/laneway-resource.wit"];
/// Words that a file uses in another sense: the name of a Unix user, the network's interface.
const OTHER_SENSES: [(&str, &str); 4] = [
    ("crates/laneway-embedded/src/account.rs", "nobody"),
    ("crates/xtask/src/package/consumers/server.rs", "nobody"),
    ("crates/laneway-embedded/src/process.rs", "loopback"),
    ("bindings/dotnet/tests/Laneway.Tests/LifetimeTests.cs", "loopback"),
];
/// What is written by people.
const WRITTEN: [&str; 10] = [".rs", ".md", ".sql", ".toml", ".cs", ".wit", ".c", ".cpp", ".sh", ".csproj"];

pub(super) fn struck_off(files: &[File]) -> Vec<String> {
    find(files, STRUCK_OFF)
}

fn find(files: &[File], struck_off: &[(&str, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    let is_searched =
        |file: &&File| WRITTEN.iter().any(|end| file.path.ends_with(end)) && !EXEMPT.contains(&file.path.as_str());
    for file in files.iter().filter(is_searched) {
        for (number, line) in file.text.lines().enumerate() {
            let words = words(line);
            let is_found = |word: &str| {
                words.contains(&format!(" {word} ")) && !OTHER_SENSES.contains(&(file.path.as_str(), word))
            };
            for (word, better) in struck_off.iter().filter(|(word, _)| is_found(word)) {
                findings.push(format!("{}:{}: instead of \"{word}\" write \"{better}\"", file.path, number + 1));
            }
        }
    }
    findings
}

/// The words of a line in lower case, a space around each: three in `is_leftOut`.
fn words(line: &str) -> String {
    let mut words = String::from(" ");
    let mut was_lower = false;
    for character in line.chars() {
        let is_word = character.is_alphanumeric();
        if (!is_word || (was_lower && character.is_uppercase())) && !words.ends_with(' ') {
            words.push(' ');
        }
        if is_word {
            words.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase();
    }
    words + " "
}

#[cfg(test)]
mod tests {
    use super::super::file::file;
    use super::*;

    const LIST: &[(&str, &str)] = &[("knot", "deadlock"), ("left out", "skipped")];

    #[test]
    fn a_word_is_found_in_prose_and_in_names() {
        for text in ["left out", "Left Out.", "was_left_out", "LeftOutOfIt", "(`left-out`)", "LEFT_OUT", "isLeftOut"] {
            let findings = find(&[file("a.rs", &format!("//! It.\n// {text}\n"))], LIST);
            assert_eq!(findings, ["a.rs:2: instead of \"left out\" write \"skipped\""], "{text}");
        }
        assert_eq!(find(&[file("a.md", "knot"), file("b.cs", "Knot left_out")], LIST).len(), 3);
    }

    #[test]
    fn other_words_and_exempt_files_are_left_alone() {
        let files =
            [file(EXEMPT[0], "knot"), file(EXEMPT[1], "knot"), file("a.png", "knot"), file("a.md", "knots, out left")];
        assert_eq!(find(&files, LIST), Vec::<String>::new());
    }

    #[test]
    fn a_word_in_another_sense_is_left_alone_in_its_file_only() {
        let (path, word) = OTHER_SENSES[0];
        let files = [file(path, word), file("a.rs", word), file(path, "knot")];
        let findings = find(&files, &[(word, "who it is"), LIST[0]]);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].starts_with("a.rs:1") && findings[1].contains("knot"), "{findings:?}");
    }
}
