//! From a plugin's manifest to plans: everything that a manifest can get wrong is found here, once, at load.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use laneway_dms::{CoercedKinds, Coercion, Dialect};
use laneway_model::{
    Association, DescriptorList, ReferenceList, ReferencePart, Resource, ResourceName, SecurableKeys, Superclass,
    lower_invariant,
};

use crate::error::Refusal;
use crate::load::slot_kind::SlotKind;
use crate::read::id_memo::IdKind;
use crate::read::resource_plan::{
    DESCRIPTOR_PATH, DescriptorPlan, IdentityPlan, ReferencePlan, ResourcePlan, SecurityPlan, Slot,
};
use crate::v1::exports::laneway::resource::extractor as wit;

/// Resources in one plugin; the data standard has some 350 in a project.
const RESOURCES_MAX: usize = 4_096;
/// Slots of one resource; the largest of the data standard has some 150. Also keeps list numbers within 16 bits.
const SLOTS_MAX: usize = 8_192;

/// Checks a manifest and plans its resources, in their order.
pub(crate) fn plan(manifest: &wit::Manifest) -> Result<Vec<ResourcePlan>, Refusal> {
    // The only rules that this host applies to values.
    if manifest.dialect != Dialect::default().name() {
        return Err(Refusal::UnknownDialect(manifest.dialect.clone()));
    }
    let resources = &manifest.resources;
    if resources.is_empty() || resources.len() > RESOURCES_MAX {
        let what = format!("it serves {} resources; 1 to {RESOURCES_MAX} are possible", resources.len());
        return Err(Refusal::Contradiction { resource: None, what });
    }
    let (mut endpoints, mut names) = (HashSet::new(), HashSet::new());
    for resource in resources {
        let endpoint = (lower_invariant(&resource.project_endpoint), lower_invariant(&resource.endpoint));
        if !endpoints.insert(endpoint) {
            let what = format!("two resources stand under /{}/{}", resource.project_endpoint, resource.endpoint);
            return Err(Refusal::Contradiction { resource: None, what });
        }
        if !names.insert((&resource.project_name, &resource.resource_name)) {
            let what = format!("it serves {} {} twice", resource.project_name, resource.resource_name);
            return Err(Refusal::Contradiction { resource: None, what });
        }
    }
    resources.iter().map(|description| Draft::new(description).and_then(Draft::finish)).collect()
}

fn id_kind(name: &ResourceName, paths: &[Box<str>]) -> IdKind {
    IdKind::new(name.referential_id(), paths.iter().map(|path| &**path))
}

/// One resource's plan in the making.
struct Draft<'a> {
    description: &'a wit::ResourceDescription,
    /// By slot number; as long as the description's slots.
    kinds: Vec<SlotKind>,
}

impl<'a> Draft<'a> {
    fn new(description: &'a wit::ResourceDescription) -> Result<Self, Refusal> {
        let kinds = description.slots.iter().enumerate().map(|(slot, declared)| {
            SlotKind::parse(&declared.kind).ok_or_else(|| Refusal::UnknownSlotKind {
                resource: description.resource_name.clone(),
                slot,
                kind: declared.kind.clone(),
            })
        });
        let draft = Self { description, kinds: kinds.collect::<Result<_, _>>()? };
        draft.check_names()?;
        Ok(draft)
    }

    fn wrong<T>(&self, what: impl Into<String>) -> Result<T, Refusal> {
        let resource = Some(self.description.resource_name.clone());
        Err(Refusal::Contradiction { resource, what: what.into() })
    }

    fn check_names(&self) -> Result<(), Refusal> {
        let description = self.description;
        for (field, text) in [
            ("project-name", &description.project_name),
            ("project-endpoint", &description.project_endpoint),
            ("resource-name", &description.resource_name),
            ("endpoint", &description.endpoint),
        ] {
            if text.is_empty() {
                return self.wrong(format!("its {field} is empty"));
            }
        }
        if description.slots.len() > SLOTS_MAX {
            return self.wrong(format!("it has {} slots; {SLOTS_MAX} are possible", description.slots.len()));
        }
        for target in &description.targets {
            if target.project_name.is_empty() || target.resource_name.is_empty() {
                return self.wrong("a target has no name");
            }
        }
        for (slot, declared) in description.slots.iter().enumerate() {
            let may_be_empty = self.kinds.get(slot) != Some(&SlotKind::Descriptor);
            if !(declared.location.starts_with('$') || declared.location.is_empty() && may_be_empty) {
                return self.wrong(format!("slot {slot} has the location `{}`, which is no path", declared.location));
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<ResourcePlan, Refusal> {
        let description = self.description;
        let (identity, identity_paths) = self.identity()?;
        let superclass = self.superclass(&identity_paths)?;
        let (references, reference_lists) = self.references()?;
        let (descriptors, descriptor_lists) = self.descriptors()?;
        let (security, property_names) = self.security()?;
        let parents = self.slots_of(SlotKind::ParentEducationOrganization);
        self.check_hierarchy(&parents)?;
        let etags = self.slots_of(SlotKind::Etag);
        if etags.len() > 1 {
            return self.wrong(format!("{} slots are of kind `etag`; one is possible", etags.len()));
        }
        let (coercion, coerced_identity) = self.coercion()?;
        let name = ResourceName::new(&*description.project_name, &*description.resource_name);
        Ok(ResourcePlan {
            locations: description.slots.iter().map(|slot| slot.location.as_str().into()).collect(),
            steps: self.steps(),
            identity,
            own_id: id_kind(&name, &identity_paths),
            superclass_id: superclass.as_ref().map(|superclass| id_kind(&superclass.name, &superclass.identity_paths)),
            references,
            descriptors,
            parents,
            etag: etags.first().copied(),
            coercion,
            coerced_identity,
            resource: Arc::new(Resource {
                association: Association::of(&name, &reference_lists),
                name,
                project_endpoint: description.project_endpoint.as_str().into(),
                endpoint: description.endpoint.as_str().into(),
                version: description.resource_version.as_str().into(),
                is_descriptor: description.is_descriptor,
                in_hierarchy: description.in_hierarchy,
                superclass,
                identity_paths,
                reference_lists,
                descriptor_lists,
                property_names,
                securable: SecurableKeys {
                    namespace: !security.namespaces.is_empty(),
                    education_organization: !security.education_organizations.is_empty(),
                    student: !security.students.is_empty(),
                    contact: !security.contacts.is_empty(),
                    staff: !security.staff.is_empty(),
                },
            }),
            security,
        })
    }

    fn slots(&self) -> impl Iterator<Item = (Slot, SlotKind, &'a wit::Slot)> + '_ {
        (0..).zip(&self.kinds).zip(&self.description.slots).map(|((slot, kind), declared)| (slot, *kind, declared))
    }

    fn slots_of(&self, wanted: SlotKind) -> Vec<Slot> {
        self.slots().filter(|(_, kind, _)| *kind == wanted).map(|(slot, ..)| slot).collect()
    }

    fn identity(&self) -> Result<(IdentityPlan, Vec<Box<str>>), Refusal> {
        let parts = self.slots_of(SlotKind::Identity);
        let namespaces = self.slots_of(SlotKind::DescriptorNamespace);
        let code_values = self.slots_of(SlotKind::DescriptorCodeValue);
        if self.description.is_descriptor {
            return match (parts.as_slice(), namespaces.as_slice(), code_values.as_slice()) {
                (&[], &[namespace], &[code_value]) => {
                    Ok((IdentityPlan::Descriptor { namespace, code_value }, vec![DESCRIPTOR_PATH.into()]))
                }
                _ => self.wrong(
                    "a descriptor needs one slot `descriptor-namespace`, one `descriptor-code-value` and none of kind \
                     `identity`",
                ),
            };
        }
        if !namespaces.is_empty() || !code_values.is_empty() {
            return self.wrong("it is no descriptor and has a slot that only descriptors have");
        }
        if parts.is_empty() {
            return self.wrong("it has no identity slot");
        }
        let mut paths: Vec<Box<str>> = Vec::with_capacity(parts.len());
        for (slot, _, declared) in self.slots().filter(|(_, kind, _)| *kind == SlotKind::Identity) {
            if !declared.path.starts_with('$') {
                return self.wrong(format!("identity slot {slot} has the path `{}`, which is no path", declared.path));
            }
            if paths.iter().any(|path| **path == *declared.path) {
                return self.wrong(format!("two identity slots have the path `{}`", declared.path));
            }
            paths.push(declared.path.as_str().into());
        }
        Ok((IdentityPlan::Parts(parts), paths))
    }

    fn superclass(&self, identity_paths: &[Box<str>]) -> Result<Option<Superclass>, Refusal> {
        let Some(superclass) = &self.description.superclass else { return Ok(None) };
        if superclass.project_name.is_empty() || superclass.resource_name.is_empty() {
            return self.wrong("its superclass has no name");
        }
        if (&superclass.project_name, &superclass.resource_name)
            == (&self.description.project_name, &self.description.resource_name)
        {
            return self.wrong("it is its own superclass");
        }
        let path = superclass.identity_path.as_str();
        if !path.is_empty() && !path.starts_with('$') {
            return self.wrong(format!("its superclass has the identity path `{path}`, which is no path"));
        }
        Ok(Some(Superclass {
            name: ResourceName::new(&*superclass.project_name, &*superclass.resource_name),
            identity_paths: if path.is_empty() { identity_paths.to_vec() } else { vec![path.into()] },
        }))
    }

    fn target(&self, slot: Slot, declared: &wit::Slot) -> Result<ResourceName, Refusal> {
        match self.description.targets.get(declared.target as usize) {
            Some(target) => Ok(ResourceName::new(&*target.project_name, &*target.resource_name)),
            None => self.wrong(format!(
                "slot {slot} has target {}, but there are {} targets",
                declared.target,
                self.description.targets.len()
            )),
        }
    }

    /// Lists in the order in which their groups appear.
    fn references(&self) -> Result<(Vec<ReferencePlan>, Vec<ReferenceList>), Refusal> {
        let (mut groups, mut lists): (Vec<(u32, Vec<Slot>)>, Vec<ReferenceList>) = (Vec::new(), Vec::new());
        for (slot, _, declared) in self.slots().filter(|(_, kind, _)| *kind == SlotKind::Reference) {
            let target = self.target(slot, declared)?;
            if !declared.path.starts_with('$') {
                return self.wrong(format!("reference slot {slot} has the path `{}`, which is no path", declared.path));
            }
            let at = groups.iter().position(|(group, _)| *group == declared.group).unwrap_or_else(|| {
                groups.push((declared.group, Vec::new()));
                lists.push(ReferenceList { target: target.clone(), parts: Vec::new() });
                groups.len() - 1
            });
            if lists[at].target != target {
                return self.wrong(format!("group {} has references to different targets", declared.group));
            }
            if lists[at].parts.iter().any(|part| *part.path == *declared.path) {
                return self.wrong(format!("group {} has two parts for `{}`", declared.group, declared.path));
            }
            groups[at].1.push(slot);
            lists[at].parts.push(ReferencePart {
                path: declared.path.as_str().into(),
                location: declared.location.as_str().into(),
            });
        }
        let plan = |(slots, list): (Vec<Slot>, &ReferenceList)| {
            let paths = list.parts.iter().map(|part| &*part.path);
            ReferencePlan { id: IdKind::new(list.target.referential_id(), paths), slots }
        };
        let plans = groups.into_iter().map(|(_, slots)| slots).zip(&lists).map(plan).collect();
        Ok((plans, lists))
    }

    fn descriptors(&self) -> Result<(Vec<DescriptorPlan>, Vec<DescriptorList>), Refusal> {
        let (mut plans, mut lists) = (Vec::new(), Vec::new());
        for (slot, _, declared) in self.slots().filter(|(_, kind, _)| *kind == SlotKind::Descriptor) {
            let target = self.target(slot, declared)?;
            plans.push(DescriptorPlan { id: IdKind::new(target.referential_id(), [DESCRIPTOR_PATH]), slot });
            lists.push(DescriptorList { target, location: declared.location.as_str().into() });
        }
        Ok((plans, lists))
    }

    fn security(&self) -> Result<(SecurityPlan, Vec<Box<str>>), Refusal> {
        let mut names: Vec<Box<str>> = Vec::new();
        let mut education_organizations = Vec::new();
        for (slot, _, declared) in self.slots().filter(|(_, kind, _)| *kind == SlotKind::EducationOrganization) {
            if declared.name.is_empty() {
                return self.wrong(format!("slot {slot} of kind `education-organization` has no property name"));
            }
            let at = names.iter().position(|name| **name == *declared.name).unwrap_or_else(|| {
                names.push(declared.name.as_str().into());
                names.len() - 1
            });
            // SLOTS_MAX keeps it within 16 bits.
            education_organizations.push((slot, u16::try_from(at).unwrap_or(u16::MAX)));
        }
        let plan = SecurityPlan {
            namespaces: self.slots_of(SlotKind::Namespace),
            education_organizations,
            students: self.slots_of(SlotKind::Student),
            contacts: self.slots_of(SlotKind::Contact),
            staff: self.slots_of(SlotKind::Staff),
        };
        Ok((plan, names))
    }

    fn check_hierarchy(&self, parents: &[Slot]) -> Result<(), Refusal> {
        if self.description.in_hierarchy && self.description.is_descriptor {
            return self.wrong("a descriptor is no education organization");
        }
        if !self.description.in_hierarchy && !parents.is_empty() {
            return self.wrong("it names a parent organization but is not in the hierarchy");
        }
        Ok(())
    }

    /// What is coerced, and what that makes of the texts of each identity slot.
    fn coercion(&self) -> Result<(Coercion, Vec<CoercedKinds>), Refusal> {
        let (mut coercion, mut by_location) = (Coercion::default(), HashMap::<&str, CoercedKinds>::new());
        for (slot, kind, declared) in self.slots() {
            let SlotKind::Coerced(kind) = kind else { continue };
            if let Err(why) = coercion.add(kind, &declared.location) {
                return self.wrong(format!("slot {slot} of kind `{}` has the location {why}", kind.word()));
            }
            let kinds = by_location.entry(&declared.location).or_default();
            *kinds = kinds.with(kind);
        }
        let identity = |(_, kind, declared): (Slot, SlotKind, &wit::Slot)| match kind {
            SlotKind::Identity => by_location.get(&*declared.location).copied().unwrap_or_default(),
            _ => CoercedKinds::default(),
        };
        let identity = self.slots().map(identity).collect();
        Ok((coercion, identity))
    }

    /// How many steps each span of a slot brings: one for each `[*]` of a descriptor's location.
    fn steps(&self) -> Vec<u32> {
        let stars = |location: &str| u32::try_from(location.matches("[*]").count()).unwrap_or(u32::MAX);
        self.slots()
            .map(|(_, kind, declared)| if kind == SlotKind::Descriptor { stars(&declared.location) } else { 0 })
            .collect()
    }
}
