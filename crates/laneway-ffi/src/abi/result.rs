//! What a call returns, and the struct that explains a failure.

/// What a call returns. Negative: it failed and has changed nothing, except what its documentation names.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum laneway_result_t {
    /// The call succeeded.
    LANEWAY_OK = 0,
    /// An argument is NULL, out of its range, not UTF-8, or contradicts another; the message names it. A defect of the
    /// caller: the same call fails again.
    LANEWAY_E_ARGUMENT = -1,
    /// The handle was never given out, or is the handle of something else: a defect of the caller. Or the process was
    /// forked from the one that it was given to; create a runtime in this one.
    LANEWAY_E_HANDLE = -2,
    /// The store or runtime is closing, closed or destroyed, or the set of plugins destroyed. Nothing more can be done
    /// with it; open another.
    LANEWAY_E_CLOSED = -3,
    /// There is no room, in the store or for records that the host does not take. Take records; submit again after a
    /// LANEWAY_KIND_ROOM, or refuse your own caller for `retry_after_ms`.
    LANEWAY_E_QUEUE_FULL = -4,
    /// The buffer is too small; the size that is needed has been written. Call again with a larger one: nothing is
    /// lost.
    LANEWAY_E_BUFFER_TOO_SMALL = -5,
    /// A struct's size is that of no version, or it has fields that this library does not know. Build the caller
    /// against the header of the library that it runs with.
    LANEWAY_E_ABI = -6,
    /// It cannot be destroyed yet. Close it, and take records until its LANEWAY_KIND_STORE_CLOSED or
    /// LANEWAY_KIND_RUNTIME_CLOSED.
    LANEWAY_E_BUSY = -7,
    /// This system, or this kind of store, cannot do it. Do without.
    LANEWAY_E_UNSUPPORTED = -8,
    /// The database cannot be reached, is no store, or denies a right; the message names which. Retry where it may
    /// come back, else let an operator see the message.
    LANEWAY_E_DATABASE = -9,
    /// A plugin, schema or folder of plugins cannot be used, or is not trusted; the message names it. What was in force
    /// stays in force.
    LANEWAY_E_PLUGIN = -10,
    /// The system has no thread or memory, or the library no handle left; the message says what bounds it. Free some and
    /// retry.
    LANEWAY_E_SYSTEM = -11,
    /// A defect of this library. The call was given up, and everything else goes on; please report the message.
    LANEWAY_E_PANIC = -12,
}

/// Why a call failed. It is the caller's memory; every call accepts NULL instead.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_error_t {
    /// The size of this struct, set by the caller.
    pub struct_size: u32,
    /// A laneway_result_t.
    pub code: i32,
    /// 1: the same call may succeed later.
    pub retriable: u32,
    /// The length of the whole message in bytes; `message` may hold only its beginning.
    pub message_len: u32,
    /// With LANEWAY_E_QUEUE_FULL: roughly how long an operation takes that is accepted now, in milliseconds. Else 0.
    pub retry_after_ms: u64,
    /// What happened, where, and what to do: UTF-8, ended by a NUL. Never holds a password.
    pub message: [u8; 512],
}
