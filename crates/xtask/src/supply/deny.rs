//! `deny.toml`, which is cargo-deny's: which licences are taken, which crates may be there twice, where crates come from.
//! The cargo-deny that packages bring cannot read what today's cargo writes of packages, so its rules are read by this check.
//! Refuses to know advisories.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use spdx::{Expression, ParseMode};

use super::graph::{Graph, Package, REGISTRY};
use crate::tally::Tally;
use crate::workspace;

/// The rules.
#[derive(Debug, Default)]
struct Rules {
    licenses: BTreeSet<String>,
    /// By name of the crate.
    exceptions: BTreeMap<String, BTreeSet<String>>,
    /// `name@version`: an older one that others still need.
    twice: BTreeSet<String>,
}

/// Checks and prints.
pub(crate) fn run() -> ExitCode {
    Tally::alone(check)
}

/// Judges the workspace's dependencies.
pub(crate) fn check(tally: &mut Tally) {
    tally.judge("licences and sources of dependencies, and what is there twice, are as deny.toml has them", || {
        let file = workspace::root().join("deny.toml");
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let findings = findings(&Rules::parse(&text)?, &Graph::whole()?);
        if findings.is_empty() { Ok(()) } else { Err(findings.join("\n")) }
    });
}

impl Rules {
    fn parse(text: &str) -> Result<Self, String> {
        let table: toml::Table = text.parse().map_err(|error| format!("deny.toml: {error}"))?;
        let at = |section: &str, name: &str| table.get(section).and_then(|section| section.get(name)).cloned();
        let items = |value: Option<toml::Value>| value.and_then(|value| value.as_array().cloned()).unwrap_or_default();
        let texts = |value: Option<toml::Value>| -> BTreeSet<String> {
            items(value).iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        };
        let name = |item: &toml::Value| item.get("crate").and_then(|name| name.as_str()).map(str::to_owned);
        let refused =
            |section: &str, name: &str| match at(section, name).and_then(|value| value.as_str().map(str::to_owned)) {
                Some(level) if level == "deny" => Ok(()),
                _ => Err(format!("deny.toml: [{section}] {name} must be \"deny\": nothing less is checked here")),
            };
        refused("bans", "multiple-versions")?;
        refused("sources", "unknown-registry")?;
        refused("sources", "unknown-git")?;
        let exceptions = items(at("licenses", "exceptions"));
        Ok(Self {
            licenses: texts(at("licenses", "allow")),
            exceptions: exceptions
                .iter()
                .filter_map(|item| Some((name(item)?, texts(item.get("allow").cloned()))))
                .collect(),
            twice: items(at("bans", "skip")).iter().filter_map(name).collect(),
        })
    }
}

fn findings(rules: &Rules, graph: &Graph) -> Vec<String> {
    let packages = graph.foreign();
    let mut findings: Vec<String> = packages.iter().filter_map(|package| license(rules, package)).collect();
    let elsewhere = packages.iter().filter(|package| package.source.as_deref() != Some(REGISTRY));
    findings.extend(elsewhere.map(|package| {
        let source = package.source.as_deref().unwrap_or_default();
        format!("{} comes from {source}: only what {REGISTRY} has is taken", package.id())
    }));
    findings.extend(twice(rules, &packages));
    // A rule that nothing needs would let something in unseen.
    let unused = |name: &&String| !packages.iter().any(|package| package.name == **name);
    findings.extend(rules.exceptions.keys().filter(unused).map(|name| format!("deny.toml: there is no crate {name}")));
    findings
}

fn license(rules: &Rules, package: &Package) -> Option<String> {
    let id = package.id();
    let expression = package.expression();
    let Ok(parsed) = Expression::parse_mode(&expression, ParseMode::LAX) else {
        return Some(format!("{id} states its licence as {expression:?}, which is no expression of SPDX"));
    };
    let exceptions = rules.exceptions.get(&package.name);
    let is_taken = |requirement: &spdx::LicenseReq| {
        let name = requirement.to_string();
        rules.licenses.contains(&name) || exceptions.is_some_and(|names| names.contains(&name))
    };
    (!parsed.evaluate(is_taken)).then(|| format!("{id} is under {expression}, which deny.toml does not allow"))
}

/// All versions but the newest of a crate are listed, and nothing else is.
fn twice(rules: &Rules, packages: &[&Package]) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    let mut findings = Vec::new();
    for (name, versions) in &versions {
        let listed = |version: &&&str| rules.twice.contains(&format!("{name}@{version}"));
        let unlisted = versions.iter().filter(|version| !listed(version)).count();
        if unlisted > 1 {
            let versions = versions.iter().copied().collect::<Vec<_>>().join(", ");
            findings.push(format!(
                "{name} is there in versions {versions}: depend on one, or list the others in deny.toml"
            ));
        }
    }
    let is_there = |skipped: &&String| {
        let (name, version) = skipped.split_once('@').unwrap_or((skipped, ""));
        versions.get(name).is_some_and(|versions| versions.len() > 1 && versions.contains(version))
    };
    findings.extend(
        rules
            .twice
            .iter()
            .filter(|skipped| !is_there(skipped))
            .map(|skipped| format!("deny.toml: {skipped} is not there beside another version")),
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::graph;
    use super::*;

    const RULES: &str = r#"
        [licenses]
        allow = ["MIT"]
        exceptions = [{ crate = "b", allow = ["ISC"] }]
        [bans]
        multiple-versions = "deny"
        [sources]
        unknown-registry = "deny"
        unknown-git = "deny"
    "#;

    #[test]
    fn licences_and_sources_that_are_not_listed_are_found() {
        let found = findings(&Rules::parse(RULES).unwrap(), &graph());
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("c@1.0.0 is under GPL-3.0-only"), "{found:?}");
        assert!(found[1].contains("c@1.0.0 comes from git+"), "{found:?}");
        let unused = RULES.replace("crate = \"b\"", "crate = \"gone\"");
        let found = findings(&Rules::parse(&unused).unwrap(), &graph());
        assert!(found.iter().any(|finding| finding.contains("b@1.0.0 is under ISC")), "{found:?}");
        assert!(found.iter().any(|finding| finding.contains("there is no crate gone")), "{found:?}");
    }

    #[test]
    fn a_second_version_is_found_unless_it_is_listed() {
        let package = |version: &str| Package {
            name: "a".to_owned(),
            version: version.to_owned(),
            license: "MIT".to_owned(),
            source: Some(REGISTRY.to_owned()),
            authors: Vec::new(),
            repository: None,
            folder: "/nowhere".into(),
            license_file: None,
        };
        let (old, new) = (package("1.0.0"), package("2.0.0"));
        let listing =
            |ids: &[&str]| Rules { twice: ids.iter().map(|id| (*id).to_owned()).collect(), ..Rules::default() };
        assert_eq!(twice(&listing(&[]), &[&old, &new]).len(), 1);
        assert_eq!(twice(&listing(&["a@1.0.0"]), &[&old, &new]), Vec::<String>::new());
        assert_eq!(twice(&listing(&["a@1.0.0"]), &[&new]).len(), 1, "it is listed in vain");
    }

    #[test]
    fn rules_that_only_warn_are_refused() {
        assert!(Rules::parse(&RULES.replace("unknown-git = \"deny\"", "unknown-git = \"warn\"")).is_err());
    }
}
