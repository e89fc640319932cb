//! Lower case as .NET's `ToLowerInvariant` on .NET 8: one character to one character, without context.

/// Whether .NET 8 leaves the character as it is although Unicode today gives it a lower case.
fn stays(c: char) -> bool {
    matches!(
        c,
        // The only one whose simple mapping .NET excludes.
        '\u{130}'
        // Unicode 16.
        | '\u{1c89}' | '\u{a7cb}' | '\u{a7cc}' | '\u{a7da}' | '\u{a7dc}' | '\u{10d50}'..='\u{10d65}'
        // Unicode 17.
        | '\u{a7ce}' | '\u{a7d2}' | '\u{a7d4}' | '\u{16ea0}'..='\u{16eb8}'
    )
}

/// Appends the lower case of `text` to `out`.
pub fn push_lower_invariant(text: &str, out: &mut String) {
    if text.is_ascii() {
        let start = out.len();
        out.push_str(text);
        out[start..].make_ascii_lowercase();
        return;
    }
    out.extend(text.chars().map(|c| if stays(c) { c } else { c.to_lowercase().next().unwrap_or(c) }));
}

/// The lower case of `text`.
#[must_use]
pub fn lower_invariant(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_lower_invariant(text, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::lower_invariant;

    #[test]
    fn maps_each_character_by_itself() {
        assert_eq!(lower_invariant("URI://X#FeMALE"), "uri://x#female");
        assert_eq!(lower_invariant("ΑΣ"), "ας".replace('ς', "σ"), "no final sigma");
        assert_eq!(lower_invariant("İI"), "İi");
        assert_eq!(lower_invariant("\u{1c89}\u{a7ce}\u{10d50}"), "\u{1c89}\u{a7ce}\u{10d50}");
    }
}
