//! `laneway.pc`, from its template.

/// What the static library needs besides itself: what `rustc --print native-static-libs` prints for Linux. (Of these, a C
/// compiler with a recent glibc adds all but `-lm` by itself.) The consumer that links statically proves that it is enough.
pub(super) const LIBS_PRIVATE: &str = "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc";

/// The file's text; an error names a variable of the template that is not filled in.
pub(super) fn fill(template: &str, version: &str) -> Result<String, String> {
    let text = template.replace("@VERSION@", version).replace("@LIBS_PRIVATE@", LIBS_PRIVATE);
    let of_values = text.lines().filter(|line| !line.starts_with('#'));
    match of_values.into_iter().find(|line| line.contains('@')) {
        None => Ok(text),
        Some(line) => Err(format!("include/laneway.pc.in: {line:?} is not filled in")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_filled_or_named() {
        let filled = fill(include_str!("../../../../include/laneway.pc.in"), "1.2.3").unwrap();
        assert!(filled.contains("\nVersion: 1.2.3\n") && filled.contains("\nLibs.private: -lgcc_s "), "{filled}");
        assert!(filled.contains("\nprefix=${pcfiledir}/../..\n"), "{filled}");
        assert!(fill("Version: @VERSION@\nX: @OTHER@\n", "1").unwrap_err().contains("X: @OTHER@"));
    }
}
