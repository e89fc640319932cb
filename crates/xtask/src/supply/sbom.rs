//! A bill of materials in CycloneDX's form (1.5, JSON).

use serde_json::{Value, json};

use super::cargo_lock::checksums;
use super::graph::{Graph, Package};

/// The bill of what is linked into Laneway's libraries and its program: the same packages give the same bytes, so it has
/// neither a time nor a number of its own.
pub(crate) fn sbom(graph: &Graph, version: &str) -> Result<String, String> {
    let sums = checksums()?;
    let sum = |package: &Package| {
        let sum = sums.get(&(package.name.clone(), package.version.clone()));
        sum.cloned().ok_or_else(|| format!("Cargo.lock has no checksum of {}", package.id()))
    };
    let mut components = Vec::new();
    for package in graph.foreign() {
        components.push(component(package, &sum(package)?));
    }
    let own = reference("laneway", version);
    let (on, edges) = graph.edges();
    let depends = |id: &String| reference_of(id);
    let mut dependencies = vec![json!({"ref": own, "dependsOn": on.iter().map(depends).collect::<Vec<_>>()})];
    dependencies.extend(
        edges
            .iter()
            .map(|(id, on)| json!({"ref": reference_of(id), "dependsOn": on.iter().map(depends).collect::<Vec<_>>()})),
    );
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {
            "type": "library", "bom-ref": own, "name": "laneway", "version": version,
            "licenses": [{"license": {"id": "Apache-2.0"}}],
        }},
        "components": components,
        "dependencies": dependencies,
    });
    serde_json::to_string_pretty(&bill).map(|text| text + "\n").map_err(|error| format!("the bill: {error}"))
}

fn component(package: &Package, sum: &str) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(&package.name, &package.version),
        "name": package.name,
        "version": package.version,
        "purl": reference(&package.name, &package.version),
        "licenses": [{"expression": package.expression()}],
        "hashes": [{"alg": "SHA-256", "content": sum}],
    });
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{"type": "vcs", "url": repository}]);
    }
    component
}

/// As package URLs are written.
fn reference(name: &str, version: &str) -> String {
    // Of the characters that versions have, only this one is not as it is.
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

fn reference_of(id: &str) -> String {
    let (name, version) = id.split_once('@').unwrap_or((id, ""));
    reference(name, version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bill_has_what_is_linked_in_and_nothing_else() {
        let graph = Graph::linked(&["laneway-ffi", "laneway-cli"], "x86_64-unknown-linux-gnu").unwrap();
        let text = sbom(&graph, "1.2.3").unwrap();
        assert_eq!(sbom(&graph, "1.2.3").unwrap(), text);
        let bill: Value = serde_json::from_str(&text).unwrap();
        let components = bill["components"].as_array().unwrap();
        let has = |name: &str| components.iter().any(|component| component["name"] == name);
        assert!(["wasmtime", "rustls", "tokio-postgres", "clap"].into_iter().all(has), "{text}");
        assert!(!["cbindgen", "proptest", "windows-sys", "laneway-core", "xtask"].into_iter().any(has), "{text}");
        let references: Vec<&Value> = components.iter().map(|component| &component["bom-ref"]).collect();
        let on = bill["dependencies"].as_array().unwrap().iter().flat_map(|of| of["dependsOn"].as_array().unwrap());
        let on: Vec<&Value> = on.collect();
        assert!(!on.is_empty() && on.iter().all(|on| references.contains(on)), "each is a component");
    }

    #[test]
    fn versions_stand_in_package_urls_as_they_may() {
        assert_eq!(reference_of("wasi@0.11.1+wasi-snapshot"), "pkg:cargo/wasi@0.11.1%2Bwasi-snapshot");
    }
}
