//! The checksums of `Cargo.lock`.

use std::collections::HashMap;

use crate::workspace;

/// By name and version: the SHA-256 of the package as it was downloaded.
pub(super) fn checksums() -> Result<HashMap<(String, String), String>, String> {
    let file = workspace::root().join("Cargo.lock");
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    parse(&text)
}

fn parse(text: &str) -> Result<HashMap<(String, String), String>, String> {
    let lock: toml::Table = text.parse().map_err(|error| format!("Cargo.lock: {error}"))?;
    let packages = lock.get("package").and_then(toml::Value::as_array).ok_or("Cargo.lock lists no packages")?;
    let text = |package: &toml::Value, name: &str| Some(package.get(name)?.as_str()?.to_owned());
    let entry = |package| Some(((text(package, "name")?, text(package, "version")?), text(package, "checksum")?));
    Ok(packages.iter().filter_map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downloaded_packages_have_their_sums() {
        let text = "version = 4\n[[package]]\nname = \"own\"\nversion = \"1.0.0\"\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\nchecksum = \"ff\"\n";
        let sums = parse(text).unwrap();
        assert_eq!(sums.len(), 1);
        assert_eq!(sums[&("a".to_owned(), "2.0.0".to_owned())], "ff");
    }
}
