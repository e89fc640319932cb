//! The workspace manifest: a sentence for each dependency.

use super::file::File;

pub(super) fn reasons(files: &[File]) -> Vec<String> {
    files.iter().filter(|file| file.path == "Cargo.toml").flat_map(|file| of(&file.text)).collect()
}

/// Dependencies without a reason: a comment counts for the lines below it up to the next one.
fn of(text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let (mut is_inside, mut has_reason) = (false, false);
    for line in text.lines() {
        if line.starts_with('[') {
            (is_inside, has_reason) = (line == "[workspace.dependencies]", false);
        } else if line.starts_with('#') {
            has_reason = true;
        } else if line.is_empty() {
            has_reason = false;
        } else if is_inside && !has_reason && !line.starts_with("laneway-") && line.contains('=') {
            let name = line.split([' ', '=']).next().unwrap_or_default();
            findings.push(format!("Cargo.toml: write in a comment above {name} what it is for"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_counts_for_the_lines_below_it() {
        let text = "[workspace.dependencies]\n# Both.\na = \"1\"\nb = \"1\"\n\nc = \"1\"\nlaneway-x = \"1\"\n[other]\nd = \"1\"\n";
        assert_eq!(of(text), ["Cargo.toml: write in a comment above c what it is for"]);
    }
}
