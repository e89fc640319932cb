//! The contract: frozen, and its steps below objects and below arrays in arrays.

use std::path::Path;

use laneway_model::{Extraction, Extractor as _};
use laneway_plugin::{PluginSettings, Plugins};
use laneway_schema::ApiSchema;
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// Every file under `plugins/wit`, with the SHA-256 of its released content.
const RELEASED: &[(&str, &str)] = &[(
    "laneway-resource-1.0/laneway-resource.wit",
    "94d810986228c076922d6c9fb0b23010a0e703a403d3bdb7ee14da0b8c6ea329",
)];

#[test]
fn released_versions_stay_as_they_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/wit");
    let mut found = Vec::new();
    for version in std::fs::read_dir(&folder).unwrap() {
        let version = version.unwrap().path();
        for file in std::fs::read_dir(&version).unwrap() {
            let file = file.unwrap().path();
            let hash = base16ct::lower::encode_string(&Sha256::digest(std::fs::read(&file).unwrap()));
            found.push((file.strip_prefix(&folder).unwrap().to_str().unwrap().replace('\\', "/"), hash));
        }
    }
    found.sort();
    for (file, hash) in RELEASED {
        let now = found.iter().find(|(name, _)| name == file).map(|(_, hash)| &**hash);
        assert!(
            now == Some(hash),
            "plugins/wit/{file} is not what was released. Plugins that exist were built against it, so it stays as it \
             was: put it back, and make a folder for a new version beside it (laneway-resource-1.1 for something new \
             that old plugins can do without, laneway-resource-2.0 for anything else)."
        );
    }
    for (file, hash) in &found {
        assert!(
            RELEASED.iter().any(|(released, _)| released == file),
            "plugins/wit/{file} is recorded nowhere: once it is released, add (\"{file}\", \"{hash}\") here."
        );
    }
}

/// What a compiled plugin and the host make of a document whose descriptors stand at `path`.
fn paths_of(path: &str, document: &str) -> Vec<(String, String)> {
    let schema = json!({"apiSchemaVersion": "1.0.0", "projectSchema": {
        "projectName": "Test", "projectEndpointName": "test", "projectVersion": "1", "isExtensionProject": false,
        "caseInsensitiveEndpointNameMapping": {"things": "things"},
        "resourceSchemas": {"things": {
            "resourceName": "Thing", "isDescriptor": false, "identityJsonPaths": ["$.id"],
            "documentPathsMapping": {"Colour": {
                "isReference": true, "isDescriptor": true, "projectName": "Test", "resourceName": "ColourDescriptor",
                "path": path,
            }},
            "securableElements": {},
        }},
    }});
    let schema = ApiSchema::parse("test.json", schema.to_string().as_bytes()).unwrap();
    let compiled = laneway_schema::compile(&[schema]).unwrap();
    let set = compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect();
    let plugins = Plugins::load(set, PluginSettings::default()).unwrap();
    let extraction: Extraction =
        plugins.worker().extract(&crate::things(&plugins), document.as_bytes()).expect("a good document");
    let descriptors = extraction.descriptors.iter();
    descriptors
        .map(|descriptor| (extraction.descriptor_path(descriptor), extraction.text(descriptor.uri).to_owned()))
        .collect()
}

#[track_caller]
fn check_paths(path: &str, document: &str, expected: &[(&str, &str)]) {
    let found = paths_of(path, document);
    let found: Vec<_> = found.iter().map(|(path, uri)| (&**path, &**uri)).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_descriptor_below_an_object_names_the_member() {
    check_paths(
        "$.colours[*].colourDescriptor",
        r#"{"id":1,"colours":{"wall":{"colourDescriptor":"C#Red"},"the \"door\"":{"colourDescriptor":"C#Blue"},"x":{}}}"#,
        &[("$.colours.wall.colourDescriptor", "c#red"), ("$.colours.the \"door\".colourDescriptor", "c#blue")],
    );
}

#[test]
fn a_descriptor_below_an_array_in_an_array_has_both_positions() {
    check_paths(
        "$.grid[*][*].colourDescriptor",
        r#"{"id":1,"grid":[[{"colourDescriptor":"A"}],[],[{"x":1},{"colourDescriptor":"B"}],{"m":{"colourDescriptor":"C"}}]}"#,
        &[
            ("$.grid[0][0].colourDescriptor", "a"),
            ("$.grid[2][1].colourDescriptor", "b"),
            ("$.grid[3].m.colourDescriptor", "c"),
        ],
    );
}
