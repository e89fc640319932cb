//! Several schemas become one set of resource types: one core project, any number of extensions.

use laneway_dms::{CoercedKind, is_homograph};

use crate::{
    ApiSchema, JsonPath, ResourceManifest, SchemaError, Slot, SlotKind, Target,
    api_schema::{DocumentPath, Project, Resource},
    automaton::Automaton,
};

/// What is known of each resource type that documents can be sent to, in the schemas' order.
///
/// # Errors
/// When the schemas contradict each other, or the core project is missing.
pub fn manifests(schemas: &[ApiSchema]) -> Result<Vec<ResourceManifest>, SchemaError> {
    let core = core(schemas)?;
    check_endpoints(schemas)?;
    let mut manifests = Vec::new();
    for schema in schemas {
        for resource in schema.project.resources.iter().filter(|resource| !resource.is_extension) {
            let mut resource = resource.clone();
            if std::ptr::eq(schema, core) {
                extend(&mut resource, schemas);
            }
            manifests.push(manifest(schema, &resource)?);
        }
        check_extensions(schema, core)?;
    }
    Ok(manifests)
}

fn core(schemas: &[ApiSchema]) -> Result<&ApiSchema, SchemaError> {
    let mut cores = schemas.iter().filter(|schema| !schema.project.is_extension);
    let at = "$.projectSchema.isExtensionProject";
    match (cores.next(), cores.next()) {
        (Some(core), None) => Ok(core),
        (Some(first), Some(second)) => Err(SchemaError::new(
            &*second.file,
            at,
            format!("this is a core project, and so is {}", first.file),
            "Give one core project and its extensions",
        )),
        (None, _) => {
            let file = schemas.first().map_or("(no file)", |schema| &schema.file);
            let found = "none of the schemas is a core project";
            Err(SchemaError::new(file, at, found, "Give the ApiSchema of the core project too"))
        }
    }
}

fn check_endpoints(schemas: &[ApiSchema]) -> Result<(), SchemaError> {
    for (index, schema) in schemas.iter().enumerate() {
        let same = |other: &&ApiSchema| other.project.endpoint.eq_ignore_ascii_case(&schema.project.endpoint);
        if let Some(twin) = schemas[..index].iter().find(same) {
            return Err(SchemaError::new(
                &*schema.file,
                "$.projectSchema.projectEndpointName",
                format!("{:?} is also the endpoint of {}", schema.project.endpoint, twin.file),
                "Give each project once",
            ));
        }
    }
    Ok(())
}

fn check_extensions(schema: &ApiSchema, core: &ApiSchema) -> Result<(), SchemaError> {
    for resource in schema.project.resources.iter().filter(|resource| resource.is_extension) {
        let at = format!("$.projectSchema.resourceSchemas.{}", resource.endpoint);
        if std::ptr::eq(schema, core) {
            let found = "a core project has a resource that extends another";
            return Err(SchemaError::new(&*schema.file, at, found, "Only extension projects extend resources"));
        }
        if !core.project.resources.iter().any(|extended| extended.name == resource.name) {
            return Err(SchemaError::new(
                &*schema.file,
                at,
                format!("it extends the resource {:?}, which {} does not have", resource.name, core.file),
                "Give the version of the core project that the extension was made for",
            ));
        }
    }
    Ok(())
}

/// Adds what the extensions declare for a core resource; what is there already wins.
fn extend(resource: &mut Resource, schemas: &[ApiSchema]) {
    let extensions = schemas.iter().filter(|schema| schema.project.is_extension);
    for extension in extensions.flat_map(|schema| &schema.project.resources) {
        if extension.is_extension && extension.name == resource.name {
            for (key, path) in &extension.document_paths {
                if !resource.document_paths.iter().any(|(known, _)| known == key) {
                    resource.document_paths.push((key.clone(), path.clone()));
                }
            }
            // Dates are what the DMS does not merge.
            let coerced = extension.coerced.iter().filter(|(kind, _)| *kind != CoercedKind::Date);
            resource.coerced.extend(coerced.cloned());
        }
    }
}

fn manifest(schema: &ApiSchema, resource: &Resource) -> Result<ResourceManifest, SchemaError> {
    let project = &schema.project;
    let in_hierarchy = !resource.is_descriptor
        && project.education_organization_types.contains(&resource.name)
        && !is_homograph(&project.endpoint);
    let mut manifest = ResourceManifest {
        project_name: project.name.clone(),
        project_endpoint: project.endpoint.clone(),
        resource_name: resource.name.clone(),
        endpoint: resource.endpoint.clone(),
        resource_version: project.version.clone(),
        is_descriptor: resource.is_descriptor,
        in_hierarchy,
        superclass: resource.superclass.clone(),
        targets: Vec::new(),
        slots: Vec::new(),
        scalars: Vec::new(),
    };
    identity(&mut manifest, resource);
    references(&mut manifest, resource);
    descriptors(&mut manifest, resource);
    security(&mut manifest, resource);
    parents(&mut manifest, project);
    manifest.slots.push(Slot { kind: SlotKind::Etag, location: path("$._etag") });
    coerced(&mut manifest, resource);
    scalars(&mut manifest, resource);
    check_bounds(schema, &manifest)?;
    Ok(manifest)
}

/// A path of ours.
fn path(text: &str) -> JsonPath {
    JsonPath::parse(text).expect("a path that stands in this file")
}

fn identity(manifest: &mut ResourceManifest, resource: &Resource) {
    if resource.is_descriptor {
        manifest.slots.extend([
            Slot { kind: SlotKind::DescriptorNamespace, location: path("$.namespace") },
            Slot { kind: SlotKind::DescriptorCodeValue, location: path("$.codeValue") },
        ]);
        return;
    }
    let parts = resource.identity.iter().map(|path| Slot { kind: SlotKind::Identity, location: path.clone() });
    manifest.slots.extend(parts);
}

fn references(manifest: &mut ResourceManifest, resource: &Resource) {
    let mut group = 0;
    for (_, entry) in &resource.document_paths {
        let DocumentPath::Reference { target, parts } = entry else { continue };
        let target = target_index(manifest, target);
        for (path, location) in parts {
            let kind = SlotKind::Reference { target, group, path: path.clone() };
            manifest.slots.push(Slot { kind, location: location.clone() });
        }
        group += 1;
    }
}

fn descriptors(manifest: &mut ResourceManifest, resource: &Resource) {
    for (_, entry) in &resource.document_paths {
        let DocumentPath::Descriptor { target, path } = entry else { continue };
        let target = target_index(manifest, target);
        manifest.slots.push(Slot { kind: SlotKind::Descriptor { target }, location: path.clone() });
    }
}

fn target_index(manifest: &mut ResourceManifest, target: &Target) -> u32 {
    let index = manifest.targets.iter().position(|known| known == target).unwrap_or_else(|| {
        manifest.targets.push(target.clone());
        manifest.targets.len() - 1
    });
    u32::try_from(index).expect("a resource has fewer than 2^32 targets")
}

fn security(manifest: &mut ResourceManifest, resource: &Resource) {
    let securable = &resource.securable;
    let slots = |kind: SlotKind, paths: &[JsonPath]| -> Vec<Slot> {
        paths.iter().map(|location| Slot { kind: kind.clone(), location: location.clone() }).collect()
    };
    manifest.slots.extend(slots(SlotKind::Namespace, &securable.namespace));
    for (name, location) in &securable.education_organization {
        let kind = SlotKind::EducationOrganization { name: name.clone() };
        manifest.slots.push(Slot { kind, location: location.clone() });
    }
    manifest.slots.extend(slots(SlotKind::Student, &securable.student));
    manifest.slots.extend(slots(SlotKind::Contact, &securable.contact));
    manifest.slots.extend(slots(SlotKind::Staff, &securable.staff));
}

fn parents(manifest: &mut ResourceManifest, project: &Project) {
    if !manifest.in_hierarchy {
        return;
    }
    let parents = project.hierarchy.iter().filter(|(child, _)| *child == manifest.resource_name);
    for location in parents.flat_map(|(_, paths)| paths) {
        manifest.slots.push(Slot { kind: SlotKind::ParentEducationOrganization, location: location.clone() });
    }
}

/// Last, so that the numbers of slots with values do not depend on them.
fn coerced(manifest: &mut ResourceManifest, resource: &Resource) {
    for (kind, location) in &resource.coerced {
        let slot = Slot { kind: SlotKind::Coerced(*kind), location: location.clone() };
        if !manifest.slots.contains(&slot) {
            manifest.slots.push(slot);
        }
    }
}

fn scalars(manifest: &mut ResourceManifest, resource: &Resource) {
    for (_, entry) in &resource.document_paths {
        if let DocumentPath::Scalar(Some(path)) = entry {
            manifest.scalars.push(path.clone());
        }
    }
    /// Members of all documents, and of all descriptors, that no schema lists.
    const ALL: &[&str] = &["$.id", "$._lastModifiedDate"];
    const DESCRIPTORS: &[&str] =
        &["$.shortDescription", "$.description", "$.effectiveBeginDate", "$.effectiveEndDate", "$.priorDescriptor"];
    manifest.scalars.extend(ALL.iter().map(|text| path(text)));
    if resource.is_descriptor {
        manifest.scalars.extend(DESCRIPTORS.iter().map(|text| path(text)));
    }
}

/// The most paths that one resource may have; the largest of the data standard has fewer than 200.
const PATHS_MAX: usize = 16_384;

/// What the tables have room for.
fn check_bounds(schema: &ApiSchema, manifest: &ResourceManifest) -> Result<(), SchemaError> {
    let refused = |found: String, advice: &str| {
        let at = format!("$.projectSchema.resourceSchemas.{}.documentPathsMapping", manifest.endpoint);
        Err(SchemaError::new(&*schema.file, at, found, advice))
    };
    for slot in &manifest.slots {
        if matches!(slot.kind, SlotKind::Descriptor { .. }) && slot.location.star_bits().is_none() {
            let found = format!("the path {} has a [*] beyond its 32nd part", slot.location);
            return refused(found, "Paths of that length are not supported");
        }
    }
    let paths = manifest.slots.len() + manifest.scalars.len();
    if paths > PATHS_MAX {
        return refused(format!("the resource has {paths} paths"), "No more than 16,384 are supported");
    }
    if Automaton::new(manifest).is_none() {
        let found = "paths with names and [*] at one position combine in too many ways";
        return refused(found.into(), "Use names or [*] at one position in documents, not both");
    }
    Ok(())
}
