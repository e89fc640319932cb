//! The rules, in the order in which the DMS applies them: identity, references, descriptors, security elements,
//! hierarchy.

use laneway_model::ReferentialId;
use serde_json::{Value, json};

use super::{
    code::Code,
    int64,
    lower::lower,
    schema::{Resource, text, texts},
    tree::{Tree, scalar, select},
};

/// Path and value of each element.
type Identity = Vec<(String, String)>;

pub(super) fn evaluate(resource: &Resource<'_>, body: &Tree) -> Result<Value, Code> {
    let schema = resource.schema;
    let identity = identity(schema, body)?;
    let references = references(resource, body)?;
    let descriptors = descriptors(resource, body)?;
    let security = security(schema, body)?;
    let hierarchy = hierarchy(resource, &identity, body)?;
    let mut expected = named(text(&resource.project["projectName"]), text(&schema["resourceName"]), &identity);
    let id = referential_id(text(&resource.project["projectName"]), text(&schema["resourceName"]), &identity);
    expected["partitionKey"] = json!(id.0.as_bytes()[15] % 16);
    expected["superclass"] = superclass(schema, &identity);
    expected["documentReferences"] = references.into();
    expected["descriptorReferences"] = descriptors.into();
    expected["securityElements"] = security;
    expected["educationOrganizationHierarchy"] = hierarchy;
    Ok(expected)
}

fn named(project: &str, resource: &str, identity: &Identity) -> Value {
    let id = referential_id(project, resource, identity).to_string();
    json!({ "projectName": project, "resourceName": resource, "identity": identity, "referentialId": id })
}

fn referential_id(project: &str, resource: &str, identity: &Identity) -> ReferentialId {
    ReferentialId::of(project, resource, identity.iter().map(|(path, value)| (&**path, &**value)))
}

fn identity(schema: &Value, body: &Tree) -> Result<Identity, Code> {
    if schema["isDescriptor"] == true {
        let part = |path| match select(body, path)[..] {
            [ref only] if matches!(only.value, Tree::String(_)) => scalar(only.value),
            _ => Err("identity-missing"),
        };
        let (namespace, code_value) = (part("$.namespace")?, part("$.codeValue")?);
        return Ok(vec![("$.descriptor".into(), format!("{}#{}", lower(namespace), lower(code_value)))]);
    }
    let paths = match schema["isSchoolYearEnumeration"] == true {
        true => vec!["$.schoolYear"],
        false => texts(&schema["identityJsonPaths"]),
    };
    let mut identity = Identity::new();
    for path in paths {
        let [only] = &select(body, path)[..] else { return Err("identity-missing") };
        identity.push((path.into(), scalar(only.value)?.into()));
    }
    Ok(identity)
}

fn superclass(schema: &Value, identity: &Identity) -> Value {
    if schema["isSubclass"] != true {
        return Value::Null;
    }
    let identity = match text(&schema["subclassType"]) {
        "association" => identity.clone(),
        _ => vec![(text(&schema["superclassIdentityJsonPath"]).to_owned(), identity[0].1.clone())],
    };
    named(text(&schema["superclassProjectName"]), text(&schema["superclassResourceName"]), &identity)
}

fn references(resource: &Resource<'_>, body: &Tree) -> Result<Vec<Value>, Code> {
    let mut references = Vec::new();
    for entry in resource.document_paths.values() {
        if entry["isReference"] != true || entry["isDescriptor"] == true {
            continue;
        }
        let mut columns = Vec::new();
        for pair in entry["referenceJsonPaths"].as_array().expect("pairs") {
            columns.push((text(&pair["identityJsonPath"]), values(body, text(&pair["referenceJsonPath"]))?));
        }
        let count = columns[0].1.len();
        if columns.iter().any(|(_, column)| column.len() != count) {
            return Err("unequal-slices");
        }
        for row in 0..count {
            let identity = columns.iter().map(|(path, column)| ((*path).into(), column[row].clone())).collect();
            references.push(named(text(&entry["projectName"]), text(&entry["resourceName"]), &identity));
        }
    }
    Ok(references)
}

fn descriptors(resource: &Resource<'_>, body: &Tree) -> Result<Vec<Value>, Code> {
    let mut descriptors = Vec::new();
    for entry in resource.document_paths.values() {
        if entry["isReference"] != true || entry["isDescriptor"] != true {
            continue;
        }
        for selected in select(body, text(&entry["path"])) {
            let identity = vec![("$.descriptor".into(), lower(scalar(selected.value)?))];
            let mut reference = named(text(&entry["projectName"]), text(&entry["resourceName"]), &identity);
            reference["path"] = selected.path.into();
            descriptors.push(reference);
        }
    }
    Ok(descriptors)
}

fn values(body: &Tree, path: &str) -> Result<Vec<String>, Code> {
    select(body, path).iter().map(|selected| scalar(selected.value).map(str::to_owned)).collect()
}

fn security(schema: &Value, body: &Tree) -> Result<Value, Code> {
    let elements = &schema["securableElements"];
    let namespaces = distinct_texts(&elements["Namespace"], body)?;
    let mut organizations = Vec::new();
    for element in elements["EducationOrganization"].as_array().map_or(&[][..], Vec::as_slice) {
        for value in values(body, text(&element["jsonPath"]))? {
            let organization = json!({ "propertyName": element["metaEdName"], "id": int64::parse(&value)? });
            if !organizations.contains(&organization) {
                organizations.push(organization);
            }
        }
    }
    Ok(json!({
        "namespace": namespaces,
        "educationOrganization": organizations,
        "student": distinct_texts(&elements["Student"], body)?,
        "contact": distinct_texts(&elements["Contact"], body)?,
        "staff": distinct_texts(&elements["Staff"], body)?,
    }))
}

fn distinct_texts(paths: &Value, body: &Tree) -> Result<Vec<String>, Code> {
    let mut distinct = Vec::new();
    for path in texts(paths) {
        for value in values(body, path)? {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
    }
    Ok(distinct)
}

fn hierarchy(resource: &Resource<'_>, identity: &Identity, body: &Tree) -> Result<Value, Code> {
    let name = text(&resource.schema["resourceName"]);
    let is_in = texts(&resource.project["educationOrganizationTypes"]).contains(&name)
        && resource.schema["isDescriptor"] != true
        && !text(&resource.project["projectEndpointName"]).eq_ignore_ascii_case("homograph");
    if !is_in {
        return Ok(json!({ "isIn": false, "id": 0, "parentId": null }));
    }
    let id = int64::parse(&identity[0].1)?;
    let parents = resource.project["educationOrganizationHierarchy"][name].as_object();
    let mut paths = parents.into_iter().flat_map(|parents| parents.values());
    let parent = paths.find_map(|path| select(body, text(path)).into_iter().next());
    let parent_id = match parent {
        Some(parent) => int64::parse(scalar(parent.value)?)?,
        None => 0,
    };
    Ok(json!({ "isIn": true, "id": id, "parentId": parent_id }))
}
