//! What there was of plugins.

/// One published set of plugins, in force or kept to be returned to.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_generation_t {
    /// The size of this struct, set by the caller.
    pub struct_size: u32,
    /// 1: it is the one in force.
    pub in_force: u32,
    /// Counts publishes; what laneway_plugins_roll_back takes.
    pub number: u64,
    /// The generation whose plugins these are, where it came about by a return; else 0.
    pub return_to: u64,
    /// When it was published, in microseconds since 1970.
    pub published_at_us: u64,
    /// How many plugins serve something in it.
    pub plugins: u64,
    /// How many resources are served.
    pub resources: u64,
}
