//! Makes the bytes of a NuGet package a function of what is in it: `dotnet pack` gives files the time of the day, and one of
//! them a random name. Knows the little of OPC that NuGet uses.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::files;
use super::zip::{self, Entry};

/// The file with the random name.
const PROPERTIES: &str = "package/services/metadata/core-properties/";
/// What names it.
const RELATIONS: &str = "_rels/.rels";

/// Writes a package again: the same content gives the same bytes.
pub(super) fn repack(package: &Path) -> Result<(), String> {
    let repacked = repacked(&files::read(package)?).map_err(|error| format!("{}: {error}", package.display()))?;
    files::write(package, &repacked)
}

fn repacked(package: &[u8]) -> Result<Vec<u8>, String> {
    let mut entries = zip::read(package)?;
    rename_properties(&mut entries);
    entries.sort();
    zip::write(&entries)
}

/// The file is named after its content, and the relations, which have ids made of the name, are written anew.
fn rename_properties(entries: &mut [Entry]) {
    let mut targets = Vec::new();
    for (name, content) in entries.iter_mut() {
        if name.starts_with(PROPERTIES) {
            let digits = base16ct::lower::encode_string(&Sha256::digest(&*content)[..16]);
            *name = format!("{PROPERTIES}{digits}.psmdcp");
            targets.push((
                "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties",
                name.clone(),
            ));
        } else if name.ends_with(".nuspec") {
            targets.push(("http://schemas.microsoft.com/packaging/2010/07/manifest", name.clone()));
        }
    }
    targets.sort();
    let relation = |(number, (kind, name)): (usize, &(&str, String))| {
        format!("\n  <Relationship Type=\"{kind}\" Target=\"/{name}\" Id=\"R{number}\" />")
    };
    let relations: String = targets.iter().enumerate().map(relation).collect();
    if let Some((_, content)) = entries.iter_mut().find(|(name, _)| name == RELATIONS) {
        *content = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{relations}\n</Relationships>"
        )
        .into_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `dotnet pack` writes one, with some random name, its files in some order.
    fn package(random: &str, order: [usize; 4]) -> Vec<u8> {
        let properties = format!("{PROPERTIES}{random}.psmdcp");
        let relations =
            format!("<Relationships><Relationship Target=\"/{properties}\" Id=\"R{random}\" /></Relationships>");
        let entries = [
            (RELATIONS, relations.as_str()),
            ("Laneway.nuspec", "<package />"),
            ("lib/Laneway.dll", "a library"),
            (&properties, "<coreProperties />"),
        ];
        let entries = order.map(|at| (entries[at].0.to_owned(), entries[at].1.as_bytes().to_vec()));
        zip::write(&entries).unwrap()
    }

    #[test]
    fn the_same_content_gives_the_same_bytes() {
        let (then, now) = (package("aaaa", [0, 1, 2, 3]), package("bbbb", [3, 2, 1, 0]));
        assert_ne!(then, now);
        let (then, now) = (repacked(&then).unwrap(), repacked(&now).unwrap());
        assert_eq!(then, now);
        assert_eq!(repacked(&then).unwrap(), then);
    }

    #[test]
    fn what_is_in_it_stays_and_the_relations_name_it() {
        let entries = zip::read(&repacked(&package("aaaa", [0, 1, 2, 3])).unwrap()).unwrap();
        let content =
            |wanted: &str| entries.iter().find(|(name, _)| name == wanted).map(|(_, content)| content.as_slice());
        assert_eq!(content("lib/Laneway.dll"), Some(&b"a library"[..]));
        let (properties, _) = entries.iter().find(|(name, _)| name.starts_with(PROPERTIES)).unwrap();
        let relations = String::from_utf8_lossy(content(RELATIONS).unwrap());
        assert!(relations.contains(properties.as_str()) && relations.contains("/Laneway.nuspec"), "{relations}");
        assert!(!relations.contains("aaaa"), "{relations}");
    }
}
