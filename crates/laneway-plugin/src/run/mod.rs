//! Calls into plugins: instances, the limits that stand around them, and the workers that call them.

pub(crate) mod budget;
pub(crate) mod instance;
pub(crate) mod instance_cache;
pub(crate) mod limits;
pub(crate) mod room;
pub(crate) mod shortage;
pub(crate) mod ticker;
pub(crate) mod worker;
