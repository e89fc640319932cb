//! A file of the repository, as the rules see it.

/// A file of the repository.
pub(crate) struct File {
    /// From the repository's folder, with `/`.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

#[cfg(test)]
pub(crate) fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}
