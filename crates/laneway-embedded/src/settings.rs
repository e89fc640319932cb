//! How a server of our own is started, and what is known of one that runs on.

use laneway_pgconfig::Config;

/// What a server of our own does for a crash of the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Durability {
    /// What PostgreSQL does as installed: a commit waits for the disk. For figures that mean something.
    Full,
    /// Nothing: for tests, whose data is worth no wait.
    None,
}

/// How a server of our own is started. A server named by URL is taken as it is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether commits wait for the disk.
    pub durability: Durability,
    /// `max_connections`: callers, pools and tests at once.
    pub connections_max: u32,
    /// Further settings of the server, each `name=value`.
    pub further: &'static [&'static str],
    /// Called before what takes long: when PostgreSQL is downloaded.
    pub notice: fn(&str),
}

impl Default for Settings {
    fn default() -> Self {
        Self { durability: Durability::Full, connections_max: 200, further: &[], notice: |_| {} }
    }
}

impl Settings {
    /// For tests: many connections, no waiting for disks.
    #[must_use]
    pub fn for_tests() -> Self {
        Self { durability: Durability::None, connections_max: 400, ..Self::default() }
    }
}

/// A server that outlives us.
#[derive(Debug)]
pub struct Kept {
    /// Where it is.
    pub config: Config,
    /// Where it is for clients that know no Unix sockets.
    pub tcp: Config,
    /// The command that stops it, whereupon its folder goes too.
    pub stop: String,
}
