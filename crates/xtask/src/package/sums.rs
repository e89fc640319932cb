//! SHA256SUMS, as `sha256sum --check` reads it.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::files;

/// The file's name.
pub(super) const NAME: &str = "SHA256SUMS";

/// Writes the sums of `packed`, which lie in `folder`.
pub(super) fn write(folder: &Path, packed: &[PathBuf]) -> Result<PathBuf, String> {
    let lines = packed.iter().map(|path| files::read(path).map(|content| line(&files::name(path), &content)));
    let path = folder.join(NAME);
    files::write(&path, lines.collect::<Result<String, _>>()?.as_bytes())?;
    Ok(path)
}

fn line(name: &str, content: &[u8]) -> String {
    format!("{}  {name}\n", base16ct::lower::encode_string(&Sha256::digest(content)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_sha256sum_writes() {
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(line("a.tar.gz", b"abc"), format!("{sum}  a.tar.gz\n"));
    }
}
