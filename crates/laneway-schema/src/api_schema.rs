//! One ApiSchema file, as far as extraction needs it, checked by itself. What several give together is
//! `merge`'s business.

use laneway_dms::CoercedKind;

use crate::{JsonPath, SchemaError, Superclass, Target, reader::Reader};

/// One ApiSchema.json: the resource types of one project.
#[derive(Clone, Debug)]
pub struct ApiSchema {
    pub(crate) file: String,
    pub(crate) project: Project,
}

/// A core or an extension project.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) endpoint: String,
    pub(crate) version: String,
    pub(crate) is_extension: bool,
    pub(crate) education_organization_types: Vec<String>,
    /// The paths of the parent, by the child's resource name.
    pub(crate) hierarchy: Vec<(String, Vec<JsonPath>)>,
    pub(crate) resources: Vec<Resource>,
}

/// A resource type as its project describes it.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) name: String,
    pub(crate) endpoint: String,
    pub(crate) is_descriptor: bool,
    pub(crate) is_extension: bool,
    pub(crate) superclass: Option<Superclass>,
    pub(crate) identity: Vec<JsonPath>,
    pub(crate) document_paths: Vec<(String, DocumentPath)>,
    pub(crate) securable: Securable,
    pub(crate) coerced: Vec<(CoercedKind, JsonPath)>,
}

/// An entry of `documentPathsMapping`.
#[derive(Clone, Debug)]
pub(crate) enum DocumentPath {
    /// Only makes the scanner faster, so that it may lack its path.
    Scalar(Option<JsonPath>),
    Descriptor {
        target: Target,
        path: JsonPath,
    },
    Reference {
        target: Target,
        parts: Vec<(JsonPath, JsonPath)>,
    },
}

/// `securableElements`.
#[derive(Clone, Default, Debug)]
pub(crate) struct Securable {
    pub(crate) namespace: Vec<JsonPath>,
    /// Property name and path.
    pub(crate) education_organization: Vec<(String, JsonPath)>,
    pub(crate) student: Vec<JsonPath>,
    pub(crate) contact: Vec<JsonPath>,
    pub(crate) staff: Vec<JsonPath>,
}

impl ApiSchema {
    /// Reads the ApiSchema `json`, which errors call `name`.
    ///
    /// # Errors
    /// When it is not JSON, not an ApiSchema, of an unknown version, or contradicts itself.
    pub fn parse(name: &str, json: &[u8]) -> Result<Self, SchemaError> {
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let value = serde_json::from_slice(json).map_err(|error| {
            let found = format!("the file is not JSON ({error})");
            SchemaError::new(name, "$", found, "Give an ApiSchema.json file of the DMS")
        })?;
        let root = Reader::new(name, &value);
        refuse_several_projects(&root)?;
        let version = root.member("apiSchemaVersion")?;
        if version.string()?.split('.').next() != Some("1") {
            return Err(version.error(
                format!("the apiSchemaVersion is {:?}", version.string()?),
                "This compiler knows version 1; use a newer one, or an ApiSchema of that version",
            ));
        }
        let project = project(&root.member("projectSchema")?)?;
        Ok(Self { file: name.into(), project })
    }
}

/// Refuses the form of before 2025, which also lacks other members: all of them would be reported one by one.
fn refuse_several_projects(root: &Reader<'_>) -> Result<(), SchemaError> {
    match (root.optional("projectSchema")?, root.optional("projectSchemas")?) {
        (None, Some(projects)) => Err(projects.error(
            "the file has the form of before 2025, with all projects under \"projectSchemas\"",
            "Give the files of today, one a project with its \"projectSchema\", as MetaEd and the DMS's schema packages \
             write them since",
        )),
        _ => Ok(()),
    }
}

fn project(reader: &Reader<'_>) -> Result<Project, SchemaError> {
    let resources = resources(reader)?;
    let mut hierarchy = Vec::new();
    if let Some(children) = reader.optional("educationOrganizationHierarchy")? {
        for (child, parents) in children.members()? {
            let paths = parents.members()?.map(|(_, path)| path.path()).collect::<Result<_, _>>()?;
            hierarchy.push((child.to_owned(), paths));
        }
    }
    let mut types = Vec::new();
    if let Some(names) = reader.optional("educationOrganizationTypes")? {
        types = names.items()?.map(|name| name.string().map(str::to_owned)).collect::<Result<_, _>>()?;
    }
    let has_own = resources.iter().any(|resource| !resource.is_extension);
    Ok(Project {
        name: reader.text("projectName")?.into(),
        endpoint: url_name(&reader.member("projectEndpointName")?)?,
        version: if has_own { reader.text("projectVersion")?.into() } else { String::new() },
        is_extension: reader.flag("isExtensionProject")?,
        education_organization_types: types,
        hierarchy,
        resources,
    })
}

/// The resources, checked against the list of endpoints that can be reached, where there is one.
fn resources(reader: &Reader<'_>) -> Result<Vec<Resource>, SchemaError> {
    let schemas = reader.member("resourceSchemas")?;
    let mut resources: Vec<Resource> = Vec::new();
    for (endpoint, schema) in schemas.members()? {
        let resource = resource(endpoint, &schema)?;
        if let Some(twin) = resources.iter().find(|other| other.name == resource.name) {
            return Err(schema.error(
                format!("the resourceName {:?} also stands at {:?}", resource.name, twin.endpoint),
                "A project has one resource of a name: remove or rename one of them",
            ));
        }
        resources.push(resource);
    }
    // Only checked: the endpoints themselves are resourceSchemas' names.
    let Some(endpoints) = reader.optional("caseInsensitiveEndpointNameMapping")? else { return Ok(resources) };
    let mut reachable = Vec::new();
    for (lower, target) in endpoints.members()? {
        let endpoint = target.string()?;
        if endpoint.to_lowercase() != lower {
            return Err(target.error(
                format!("{endpoint:?} stands under {lower:?}"),
                "An endpoint stands under its own name in lower case",
            ));
        }
        if !resources.iter().any(|resource| resource.endpoint == endpoint) {
            return Err(target.error(
                format!("there is no resource {endpoint:?} in resourceSchemas"),
                "Add the resource, or remove the endpoint",
            ));
        }
        reachable.push(endpoint);
    }
    for resource in resources.iter().filter(|resource| !resource.is_extension) {
        if !reachable.contains(&&*resource.endpoint) {
            return Err(endpoints.error(
                format!(
                    "the endpoint {:?} of resourceSchemas is missing, so no document could reach it",
                    resource.endpoint
                ),
                "Add it, or mark the resource with isResourceExtension if it extends one of the core project",
            ));
        }
    }
    Ok(resources)
}

fn resource(endpoint: &str, reader: &Reader<'_>) -> Result<Resource, SchemaError> {
    let is_descriptor = reader.flag("isDescriptor")?;
    let is_extension = reader.flag("isResourceExtension")?;
    let mut document_paths = Vec::new();
    for (key, entry) in reader.member("documentPathsMapping")?.members()? {
        document_paths.push((key.to_owned(), document_path(&entry)?));
    }
    Ok(Resource {
        name: reader.text("resourceName")?.into(),
        endpoint: checked_url_name(endpoint, reader)?,
        is_descriptor,
        is_extension,
        superclass: if is_extension { None } else { superclass(reader)? },
        identity: if is_descriptor || is_extension { Vec::new() } else { identity(reader)? },
        document_paths,
        securable: if is_extension { Securable::default() } else { securable(reader)? },
        coerced: coerced(reader)?,
    })
}

/// The texts that are coerced, but for decimals, which the DMS leaves to validation.
fn coerced(reader: &Reader<'_>) -> Result<Vec<(CoercedKind, JsonPath)>, SchemaError> {
    let mut decimals = Vec::new();
    if let Some(infos) = reader.optional("decimalPropertyValidationInfos")? {
        decimals = infos.items()?.map(|info| info.member("path")?.path()).collect::<Result<_, _>>()?;
    }
    let mut coerced = Vec::new();
    for (name, kind) in [
        ("dateJsonPaths", CoercedKind::Date),
        ("dateTimeJsonPaths", CoercedKind::DateTime),
        ("booleanJsonPaths", CoercedKind::Boolean),
        ("numericJsonPaths", CoercedKind::Number),
    ] {
        let Some(paths) = reader.optional(name)? else { continue };
        for path in paths.items()? {
            let path = path.path()?;
            if kind != CoercedKind::Number || !decimals.contains(&path) {
                coerced.push((kind, path));
            }
        }
    }
    Ok(coerced)
}

fn identity(reader: &Reader<'_>) -> Result<Vec<JsonPath>, SchemaError> {
    if reader.flag("isSchoolYearEnumeration")? {
        return Ok(vec![JsonPath::parse("$.schoolYear").map_err(|why| reader.error(why, "This is a bug"))?]);
    }
    let paths = reader.member("identityJsonPaths")?;
    let identity = paths.items()?.map(|path| path.path()).collect::<Result<Vec<_>, _>>()?;
    if identity.is_empty() {
        return Err(paths.error(
            "a resource without identity",
            "List the paths of its identity; only descriptors and resource extensions have none",
        ));
    }
    Ok(identity)
}

fn superclass(reader: &Reader<'_>) -> Result<Option<Superclass>, SchemaError> {
    if !reader.flag("isSubclass")? {
        return Ok(None);
    }
    let kind = reader.member("subclassType")?;
    let identity_path = match kind.string()? {
        "association" => None,
        "domainEntity" => Some(reader.member("superclassIdentityJsonPath")?.path()?),
        other => {
            return Err(kind.error(
                format!("the subclassType {other:?} is unknown"),
                "Known are \"association\" and \"domainEntity\"",
            ));
        }
    };
    Ok(Some(Superclass {
        project_name: reader.text("superclassProjectName")?.into(),
        resource_name: reader.text("superclassResourceName")?.into(),
        identity_path,
    }))
}

fn document_path(reader: &Reader<'_>) -> Result<DocumentPath, SchemaError> {
    if !reader.flag("isReference")? {
        return Ok(DocumentPath::Scalar(reader.optional("path")?.map(|path| path.path()).transpose()?));
    }
    let target = Target {
        project_name: reader.text("projectName")?.to_owned(),
        resource_name: reader.text("resourceName")?.to_owned(),
    };
    if reader.flag("isDescriptor")? {
        return Ok(DocumentPath::Descriptor { target, path: reader.member("path")?.path()? });
    }
    let pairs = reader.member("referenceJsonPaths")?;
    let mut parts = Vec::new();
    for pair in pairs.items()? {
        parts.push((pair.member("identityJsonPath")?.path()?, pair.member("referenceJsonPath")?.path()?));
    }
    if parts.is_empty() {
        return Err(pairs.error("a reference without parts", "List the pairs of paths of the reference's identity"));
    }
    Ok(DocumentPath::Reference { target, parts })
}

fn securable(reader: &Reader<'_>) -> Result<Securable, SchemaError> {
    let Some(reader) = reader.optional("securableElements")? else {
        return Ok(Securable::default());
    };
    let paths = |name: &str| match reader.optional(name)? {
        None => Ok(Vec::new()),
        Some(paths) => paths.items()?.map(|path| path.path()).collect::<Result<Vec<_>, SchemaError>>(),
    };
    let mut education_organization = Vec::new();
    if let Some(elements) = reader.optional("EducationOrganization")? {
        for element in elements.items()? {
            education_organization.push((element.text("metaEdName")?.to_owned(), element.member("jsonPath")?.path()?));
        }
    }
    Ok(Securable {
        namespace: paths("Namespace")?,
        education_organization,
        student: paths("Student")?,
        contact: paths("Contact")?,
        staff: paths("Staff")?,
    })
}

fn url_name(reader: &Reader<'_>) -> Result<String, SchemaError> {
    checked_url_name(reader.string()?, reader)
}

/// A name that stands in URLs and in the names of compiled files.
fn checked_url_name(name: &str, reader: &Reader<'_>) -> Result<String, SchemaError> {
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) || name.is_empty() {
        return Err(
            reader.error(format!("{name:?} cannot stand in a URL as it is"), "Use letters, digits, \"-\" and \"_\"")
        );
    }
    Ok(name.into())
}
