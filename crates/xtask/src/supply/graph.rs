//! Packages and what they depend on, as `cargo metadata` has them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use serde_json::Value;

use crate::cargo::cargo;

/// Where packages come from that are not ours.
pub(super) const REGISTRY: &str = "crates.io";

/// A package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// As its manifest has it.
    pub(super) license: String,
    /// `None`: it is ours; [`REGISTRY`], or the address of something else.
    pub(super) source: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) repository: Option<String>,
    /// The folder that it lies in.
    pub(super) folder: PathBuf,
    /// The file that its manifest names for its licence.
    pub(super) license_file: Option<PathBuf>,
}

impl Package {
    /// Its licence in the form of SPDX: older manifests have a `/` for `OR`.
    pub(super) fn expression(&self) -> String {
        self.license.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")
    }

    pub(super) fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// Packages by cargo's ids.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    packages: BTreeMap<String, Package>,
    /// What is linked into a package; of build scripts and tests nothing is.
    linked: HashMap<String, Vec<String>>,
}

impl Graph {
    /// Everything that the workspace may take from elsewhere, with all of its features.
    pub(super) fn whole() -> Result<Self, String> {
        Self::of_cargo(&["--all-features"])
    }

    /// What is linked into `roots` for a platform, as Rust names it.
    pub(crate) fn linked(roots: &[&str], target: &str) -> Result<Self, String> {
        let graph = Self::of_cargo(&["--features", "laneway-cli/download", "--filter-platform", target])?;
        Ok(graph.reached(roots))
    }

    fn of_cargo(arguments: &[&str]) -> Result<Self, String> {
        let mut metadata = cargo(&["metadata", "--format-version", "1", "--locked"]);
        let output = metadata.args(arguments).output().map_err(|error| format!("cargo cannot be run: {error}"))?;
        if !output.status.success() {
            return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
        }
        let metadata = serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
        Self::parse(&metadata).ok_or_else(|| "cargo metadata has another form than is known".to_owned())
    }

    fn parse(metadata: &Value) -> Option<Self> {
        let mut graph = Self::default();
        for package in metadata["packages"].as_array()? {
            graph.packages.insert(package["id"].as_str()?.to_owned(), parse_package(package)?);
        }
        for node in metadata["resolve"]["nodes"].as_array()? {
            let id = node["id"].as_str()?;
            for dependency in node["deps"].as_array()? {
                let on = dependency["pkg"].as_str()?.to_owned();
                let kinds = dependency["dep_kinds"].as_array()?;
                if kinds.iter().any(|kind| kind["kind"].is_null()) {
                    graph.linked.entry(id.to_owned()).or_default().push(on);
                }
            }
        }
        // What no node names is not built with these features.
        let built: BTreeSet<&str> =
            metadata["resolve"]["nodes"].as_array()?.iter().filter_map(|node| node["id"].as_str()).collect();
        graph.packages.retain(|id, _| built.contains(id.as_str()));
        Some(graph)
    }

    fn reached(mut self, roots: &[&str]) -> Self {
        let is_root = |package: &Package| package.source.is_none() && roots.contains(&package.name.as_str());
        let mut open: Vec<String> =
            self.packages.iter().filter(|(_, package)| is_root(package)).map(|(id, _)| id.clone()).collect();
        let mut reached = BTreeSet::new();
        while let Some(id) = open.pop() {
            if reached.insert(id.clone()) {
                open.extend(self.linked.get(&id).into_iter().flatten().cloned());
            }
        }
        self.packages.retain(|id, _| reached.contains(id));
        self
    }

    /// What both have.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.packages.extend(other.packages);
        for (id, more) in other.linked {
            let on = self.linked.entry(id).or_default();
            on.extend(more);
            on.sort();
            on.dedup();
        }
        self
    }

    /// Those that are not ours, in order.
    pub(super) fn foreign(&self) -> Vec<&Package> {
        let mut packages: Vec<_> = self.packages.values().filter(|package| package.source.is_some()).collect();
        packages.sort();
        packages
    }

    /// What packages that are not ours are linked with, and what ours are, as those of one.
    pub(super) fn edges(&self) -> (BTreeSet<String>, BTreeMap<String, BTreeSet<String>>) {
        let (mut own, mut foreign) = (BTreeSet::new(), BTreeMap::new());
        for (id, package) in &self.packages {
            let on = self.linked.get(id).into_iter().flatten().filter_map(|id| self.packages.get(id));
            let on: BTreeSet<String> = on.filter(|package| package.source.is_some()).map(Package::id).collect();
            match package.source {
                None => own.extend(on),
                Some(_) => drop(foreign.insert(package.id(), on)),
            }
        }
        (own, foreign)
    }
}

fn parse_package(package: &Value) -> Option<Package> {
    let text = |name: &str| package[name].as_str().map(str::to_owned);
    let folder = PathBuf::from(package["manifest_path"].as_str()?).parent()?.to_owned();
    let source =
        text("source").map(|source| match source.starts_with("registry+") && source.ends_with("/crates.io-index") {
            true => REGISTRY.to_owned(),
            false => source,
        });
    Some(Package {
        name: text("name")?,
        version: text("version")?,
        license: text("license").unwrap_or_default(),
        source,
        authors: package["authors"]
            .as_array()?
            .iter()
            .filter_map(|author| author.as_str().map(str::to_owned))
            .collect(),
        repository: text("repository"),
        license_file: text("license_file").map(|file| folder.join(file)),
        folder,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// `own` needs `a`, which needs `b`; `c` only tests it.
    pub(in crate::supply) fn graph() -> Graph {
        let registry = "registry+https://example.org/crates.io-index";
        let package = |name: &str, source: Option<&str>, license: &str| {
            json!({"id": name, "name": name, "version": "1.0.0", "source": source, "license": license, "authors": ["An Author"],
                "repository": null, "license_file": null, "manifest_path": format!("/nowhere/{name}/Cargo.toml")})
        };
        let node = |id: &str, deps: &[(&str, Option<&str>)]| {
            let deps = deps.iter().map(|(on, kind)| json!({"pkg": on, "dep_kinds": [{"kind": kind, "target": null}]}));
            json!({"id": id, "deps": deps.collect::<Vec<_>>()})
        };
        let metadata = json!({
            "packages": [
                package("own", None, "Apache-2.0"),
                package("a", Some(registry), "MIT/Apache-2.0"),
                package("b", Some(registry), "ISC"),
                package("c", Some("git+https://example.org/c"), "GPL-3.0-only"),
                package("off", Some(registry), "GPL-3.0-only"),
            ],
            "resolve": {"nodes": [
                node("own", &[("a", None), ("c", Some("dev"))]), node("a", &[("b", None)]), node("b", &[]), node("c", &[]),
            ]},
        });
        Graph::parse(&metadata).expect("cargo's form")
    }

    #[test]
    fn older_manifests_are_read_as_newer_ones() {
        let expressions: Vec<String> = graph().foreign().iter().map(|package| package.expression()).collect();
        assert_eq!(expressions, ["MIT OR Apache-2.0", "ISC", "GPL-3.0-only"]);
    }

    #[test]
    fn what_is_linked_is_not_what_tests() {
        let names = |graph: &Graph| graph.foreign().iter().map(|package| package.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&graph()), ["a", "b", "c"]);
        let linked = graph().reached(&["own"]);
        assert_eq!(names(&linked), ["a", "b"]);
        let (own, foreign) = linked.edges();
        assert_eq!(own, BTreeSet::from(["a@1.0.0".to_owned()]));
        assert_eq!(foreign["a@1.0.0"], BTreeSet::from(["b@1.0.0".to_owned()]));
    }
}
