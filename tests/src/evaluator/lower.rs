//! .NET 8's `ToLowerInvariant`: each character by itself.

/// The lower case of `text`.
pub(super) fn lower(text: &str) -> String {
    text.chars().map(lower_char).collect()
}

fn lower_char(c: char) -> char {
    match u32::from(c) {
        0x130 => c,
        // Newer than .NET 8's tables: Unicode 16, then 17.
        0x1c89 | 0xa7cb | 0xa7cc | 0xa7da | 0xa7dc | 0x10d50..=0x10d65 => c,
        0xa7ce | 0xa7d2 | 0xa7d4 | 0x16ea0..=0x16eb8 => c,
        _ => c.to_lowercase().next().expect("a lower case has a character"),
    }
}
