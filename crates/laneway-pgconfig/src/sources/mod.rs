//! Where settings come from besides the connection string: service files, the environment, the password file.

pub(crate) mod environment;
pub(crate) mod passfile;
pub(crate) mod service;
