//! The steps of a flush that tests pin, by name. A test build (feature `faults`) can leave one out, to
//! show which test then fails; in every other build nothing can be left out, and this costs nothing.

/// A step of a flush.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "each says itself")]
pub enum FaultPoint {
    BatchOrder,
    OneIdentityATransaction,
    AloneInItsTransaction,
    HierarchyLock,
    StudentLocks,
    StaffLocks,
    ContactLocks,
    DocumentLocks,
    Authorization,
    EtagShortcut,
    ReferenceCheck,
    OwnBatchReferences,
    CycleReferences,
    ProbeBeforeConflict,
    HierarchyRows,
    HierarchyBeforeDocuments,
    HierarchyParentsFirst,
    HierarchyUpdates,
    ArraysAsRead,
    AliasKeyOrder,
    SuperclassAliases,
    References,
    ReferencesRemoved,
    ReferencesAdded,
    SecurableRows,
    SecurableUpdates,
    StudentRefresh,
    ContactRefresh,
    StaffRefresh,
    StaffLastWins,
}

impl FaultPoint {
    /// All of them, in the order of the flush.
    pub const ALL: [Self; 30] = [
        Self::BatchOrder,
        Self::OneIdentityATransaction,
        Self::AloneInItsTransaction,
        Self::HierarchyLock,
        Self::StudentLocks,
        Self::StaffLocks,
        Self::ContactLocks,
        Self::DocumentLocks,
        Self::Authorization,
        Self::EtagShortcut,
        Self::ReferenceCheck,
        Self::OwnBatchReferences,
        Self::CycleReferences,
        Self::ProbeBeforeConflict,
        Self::HierarchyRows,
        Self::HierarchyBeforeDocuments,
        Self::HierarchyParentsFirst,
        Self::HierarchyUpdates,
        Self::ArraysAsRead,
        Self::AliasKeyOrder,
        Self::SuperclassAliases,
        Self::References,
        Self::ReferencesRemoved,
        Self::ReferencesAdded,
        Self::SecurableRows,
        Self::SecurableUpdates,
        Self::StudentRefresh,
        Self::ContactRefresh,
        Self::StaffRefresh,
        Self::StaffLastWins,
    ];
}

/// Which step is left out, if any.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Faults {
    #[cfg(feature = "faults")]
    step: Option<FaultPoint>,
}

impl Faults {
    /// Nothing but this step.
    #[cfg(feature = "faults")]
    pub(crate) fn of(step: Option<FaultPoint>) -> Self {
        Self { step }
    }

    /// Whether `step` is left out.
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn has(self, step: FaultPoint) -> bool {
        self.step == Some(step)
    }

    /// Whether `step` is left out: never, in this build.
    #[cfg(not(feature = "faults"))]
    #[must_use]
    pub fn has(self, _: FaultPoint) -> bool {
        false
    }
}
