//! The tables that runs write into `docs/reliability.md`. Knows the document's sections, not what they are about.

/// The document.
pub const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reliability.md");

/// Replaces what stands in the document between the marks of a section.
///
/// # Errors
/// When the document cannot be written, or lacks the marks.
pub fn put(section: &str, text: &str) -> std::io::Result<()> {
    let document = std::fs::read_to_string(DOCUMENT)?;
    let replaced = replaced(&document, section, text)
        .ok_or_else(|| std::io::Error::other(format!("{DOCUMENT} has no place for {section}")))?;
    std::fs::write(DOCUMENT, replaced)
}

fn replaced(document: &str, section: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {section}: begin -->\n"), format!("<!-- {section}: end -->"));
    let (before, rest) = document.split_once(&begin)?;
    let (_, behind) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{text}{end}{behind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_between_its_marks() {
        let document = "a\n<!-- b: begin -->\nold\n<!-- b: end -->\nc\n";
        let expected = "a\n<!-- b: begin -->\nnew\n<!-- b: end -->\nc\n";
        assert_eq!(replaced(document, "b", "new\n").as_deref(), Some(expected));
        assert_eq!(replaced(document, "c", "new\n"), None);
    }
}
