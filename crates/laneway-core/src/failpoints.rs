//! The steps of a flush that tests pin, by name. A test build (feature `faults`) can skip one, to show which test then
//! fails; in every other build nothing can be skipped, and this costs nothing. A store asks here: what is skipped is
//! no part of the contract between executor and store.

/// A step of a flush.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "the names are the steps")]
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

#[cfg(feature = "faults")]
tokio::task_local! {
    /// The step that the flush under way skips, if any: known to everything that runs in its task, the store's code too.
    pub(crate) static SKIPPED: Option<FaultPoint>;
}

/// Whether the flush under way skips `step`.
#[cfg(feature = "faults")]
#[must_use]
pub fn skips(step: FaultPoint) -> bool {
    SKIPPED.try_with(|skipped| *skipped == Some(step)).unwrap_or(false)
}

/// Whether the flush under way skips `step`: never, in this build.
#[cfg(not(feature = "faults"))]
#[must_use]
pub fn skips(_: FaultPoint) -> bool {
    false
}
