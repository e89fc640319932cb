//! The steps of a flush that tests pin, by name. A test build (feature `faults`) can skip one, to show which test then
//! fails; in every other build nothing can be skipped, and this costs nothing. A store asks here: what is skipped is
//! no part of the contract between executor and store.

macro_rules! fault_points {
    ($($step:ident)*) => {
        /// A step of a flush.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[expect(missing_docs, reason = "the names are the steps")]
        pub enum FaultPoint {
            $($step,)*
        }

        impl FaultPoint {
            /// All of them, in the order of the flush.
            pub const ALL: [Self; [$(stringify!($step)),*].len()] = [$(Self::$step),*];
        }
    };
}

fault_points! {
    BatchOrder
    OneIdentityATransaction
    Isolation
    HierarchyLock
    StudentLocks
    StaffLocks
    ContactLocks
    DocumentLocks
    Authorization
    EtagShortcut
    ReferenceCheck
    OwnBatchReferences
    CycleReferences
    RunState
    RunLastBody
    ProbeBeforeConflict
    HierarchyRows
    HierarchyBeforeDocuments
    HierarchyParentsFirst
    HierarchyUpdates
    ArraysAsRead
    AliasKeyOrder
    SuperclassAliases
    References
    ReferencesRemoved
    ReferencesAdded
    SecurableRows
    SecurableUpdates
    StudentRefresh
    ContactRefresh
    StaffRefresh
    StaffLastWins
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
