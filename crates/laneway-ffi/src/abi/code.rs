//! What a call returns, and the struct that says more about a failure.

/// What a call returns. Negative: it failed, and nothing has changed but what its documentation names.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum laneway_code_t {
    /// It worked.
    LANEWAY_OK = 0,
    /// An argument cannot be used; the message names it.
    LANEWAY_E_ARGUMENT = -1,
    /// The handle was never given out, or names something of another kind.
    LANEWAY_E_HANDLE = -2,
    /// What the handle names has been closed or destroyed.
    LANEWAY_E_CLOSED = -3,
    /// There is no room. A LANEWAY_KIND_ROOM comes when there is.
    LANEWAY_E_QUEUE_FULL = -4,
    /// The caller's buffer is too small; what is needed has been written.
    LANEWAY_E_BUFFER_TOO_SMALL = -5,
    /// The caller was built for another version of this library than can be served.
    LANEWAY_E_ABI = -6,
    /// It cannot be destroyed yet: it is open, or has not said LANEWAY_KIND_STORE_CLOSED or
    /// LANEWAY_KIND_RUNTIME_CLOSED yet.
    LANEWAY_E_BUSY = -7,
    /// Not on this system, or not with this kind of store.
    LANEWAY_E_UNSUPPORTED = -8,
    /// The database cannot be reached or used.
    LANEWAY_E_DATABASE = -9,
    /// A plugin, a schema or a folder of plugins cannot be used.
    LANEWAY_E_PLUGIN = -10,
    /// The system refused threads, descriptors or handles.
    LANEWAY_E_SYSTEM = -11,
    /// A defect in this library; the call was given up, the process goes on.
    LANEWAY_E_PANIC = -12,
}

/// Why a call failed. The caller's own memory; every call takes NULL for it as well.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_error_t {
    /// The size of this struct, set by the caller.
    pub struct_size: u32,
    /// A laneway_code_t.
    pub code: i32,
    /// 1 when the same call may succeed later.
    pub retriable: u32,
    /// The length of the whole message in bytes; `message` may hold less of it.
    pub message_len: u32,
    /// With LANEWAY_E_QUEUE_FULL: about how long an operation takes at present.
    pub retry_after_ms: u64,
    /// What happened, where, and what to do: UTF-8, ended by a NUL. Never holds a password.
    pub message: [u8; 512],
}
