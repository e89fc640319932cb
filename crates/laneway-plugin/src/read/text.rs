//! Texts from documents and plugins in messages: short, whatever they were.

/// How much of a text a message shows.
const EXCERPT_BYTES_MAX: usize = 80;

/// The beginning of `text`.
pub(crate) fn excerpt(text: &str) -> &str {
    shortened(text, EXCERPT_BYTES_MAX)
}

/// At most `bytes_max` bytes of `text`, ending between characters.
pub(crate) fn shortened(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}
