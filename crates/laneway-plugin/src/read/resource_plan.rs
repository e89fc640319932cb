//! What the host does with the values of one resource: a manifest checked and put into the form of the hot path.

use std::sync::Arc;

use laneway_dms::{CoercedKinds, Coercion};
use laneway_model::Resource;

use crate::read::id_memo::IdKind;

/// The path under which a descriptor's identity stands.
pub(crate) const DESCRIPTOR_PATH: &str = "$.descriptor";

/// How the values of each slot become an extraction.
pub(crate) struct ResourcePlan {
    /// The resource type as the runtime knows it.
    pub(crate) resource: Arc<Resource>,
    /// By slot number: where its values stand, for messages.
    pub(crate) locations: Vec<Box<str>>,
    /// By slot number: how many steps each span brings with it.
    pub(crate) steps: Vec<u32>,
    /// Where the identity comes from.
    pub(crate) identity: IdentityPlan,
    /// The document's own identity.
    pub(crate) own_id: IdKind,
    /// The identity under the superclass's name.
    pub(crate) superclass_id: Option<IdKind>,
    /// The reference lists, in the order of the resource's `reference_lists`.
    pub(crate) references: Vec<ReferencePlan>,
    /// The descriptor lists, in the order of the resource's `descriptor_lists`.
    pub(crate) descriptors: Vec<DescriptorPlan>,
    /// The security elements.
    pub(crate) security: SecurityPlan,
    /// Slots of the organization above, the first value of which counts.
    pub(crate) parents: Vec<Slot>,
    /// The slot of the `_etag`.
    pub(crate) etag: Option<Slot>,
    /// The texts that are coerced before.
    pub(crate) coercion: Coercion,
    /// By slot number, of identity slots: what coercion makes of a text at its location.
    pub(crate) coerced_identity: Vec<CoercedKinds>,
}

/// A slot's number.
pub(crate) type Slot = u32;

pub(crate) enum IdentityPlan {
    /// One slot for each part.
    Parts(Vec<Slot>),
    /// Lower-cased and joined by `#`.
    Descriptor { namespace: Slot, code_value: Slot },
}

pub(crate) struct ReferencePlan {
    /// The target's identity.
    pub(crate) id: IdKind,
    /// The slot of each part, in the order of the list's `parts`.
    pub(crate) slots: Vec<Slot>,
}

pub(crate) struct DescriptorPlan {
    /// The target's identity.
    pub(crate) id: IdKind,
    pub(crate) slot: Slot,
}

#[derive(Default)]
pub(crate) struct SecurityPlan {
    pub(crate) namespaces: Vec<Slot>,
    /// Each with an index into the resource's `property_names`.
    pub(crate) education_organizations: Vec<(Slot, u16)>,
    pub(crate) students: Vec<Slot>,
    pub(crate) contacts: Vec<Slot>,
    pub(crate) staff: Vec<Slot>,
}
