//! Documents to try plugins on: real ones from files, or ones that a plugin's manifest makes imaginable.

use std::path::PathBuf;

use laneway_plugin::{DescribedResource, Description};
use serde_json::{Map, Value as Json};

use crate::documents::{Documents, Endpoints, Inputs};
use crate::failure::Failure;

/// A document of a resource.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) project: String,
    pub(crate) endpoint: String,
    pub(crate) body: String,
}

/// The documents of files, all of them in memory: at most `bytes_max` bytes of them. Bodies that stand by themselves are of
/// the `chosen` resource, else of the one that the file's name says.
pub(crate) fn read(
    files: &[PathBuf],
    endpoints: &Endpoints,
    chosen: Option<&str>,
    bytes_max: usize,
) -> Result<Vec<Sample>, Failure> {
    let (mut samples, mut bytes) = (Vec::new(), 0);
    let mut inputs = Inputs::find(files)?;
    inputs.name_endpoints(endpoints, chosen)?;
    for input in &inputs.all {
        let unreadable = |error: &dyn std::fmt::Display| Failure::usage(error, "Check the file.");
        let mut documents = Documents::open(input).map_err(|error| unreadable(&error))?;
        while let Some((source, found)) = documents.next(&mut samples.len()).map_err(|error| unreadable(&error))? {
            let line = found.map_err(|error| unreadable(&format_args!("{source}: {error}")))?;
            bytes += line.body.len();
            if bytes > bytes_max {
                let next = "Name fewer files: documents are held in memory here.";
                return Err(Failure::usage(format_args!("the documents are more than {bytes_max} bytes"), next));
            }
            samples.push(Sample {
                project: line.project.into_owned(),
                endpoint: line.endpoint.into_owned(),
                body: line.body.into_owned(),
            });
        }
    }
    Ok(samples)
}

/// A document for each resource of a plugin, with a value wherever the manifest allows one.
pub(crate) fn imagined(description: &Description) -> Vec<Sample> {
    let sample = |resource: &DescribedResource| {
        let mut body = Json::Object(Map::new());
        for slot in &resource.slots {
            // Another location is one that a plugin works out, in words of its own.
            let Some(path) = slot.location.strip_prefix('$') else { continue };
            let mut segments = segments(path);
            segments.reverse();
            insert(&mut body, &mut segments);
        }
        Sample {
            project: resource.project_endpoint.clone(),
            endpoint: resource.endpoint.clone(),
            body: body.to_string(),
        }
    };
    description.resources.iter().map(sample).collect()
}

/// The parts of a path behind its `$`; an empty one is a `[*]`.
fn segments(path: &str) -> Vec<&str> {
    let spread = |part| std::iter::once(part).chain(std::iter::repeat(""));
    path.split('.')
        .skip(1)
        .flat_map(|part| {
            let stars = part.matches("[*]").count();
            spread(part.split("[*]").next().unwrap_or_default()).take(1 + stars)
        })
        .collect()
}

/// Puts a value at the path whose parts are given backwards. Where another path wants something else, it stays away.
fn insert(at: &mut Json, segments: &mut Vec<&str>) {
    let Some(segment) = segments.pop() else {
        if at.as_object().is_some_and(Map::is_empty) || at.is_null() {
            // A number in quotes is good as a text and as an organization's id.
            *at = "1".into();
        }
        return;
    };
    if at.is_null() {
        *at = if segment.is_empty() { Json::Array(vec![Json::Null]) } else { Json::Object(Map::new()) };
    }
    match at {
        Json::Array(items) if segment.is_empty() => insert(&mut items[0], segments),
        Json::Object(members) if !segment.is_empty() => {
            insert(members.entry(segment.to_owned()).or_insert(Json::Null), segments);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_filled() {
        let mut body = Json::Object(Map::new());
        for path in ["$.a", "$.b[*].c.d", "$.b[*].e", "$.f[*][*].g", "$.a.x", "$.b"] {
            let mut segments = segments(&path[1..]);
            segments.reverse();
            insert(&mut body, &mut segments);
        }
        assert_eq!(body.to_string(), r#"{"a":"1","b":[{"c":{"d":"1"},"e":"1"}],"f":[[{"g":"1"}]]}"#);
    }
}
