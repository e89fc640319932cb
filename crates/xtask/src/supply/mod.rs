//! What Laneway is made of besides its own code: which crates, by whom, under which licences. Knows cargo's account of it,
//! not what packages look like.

mod cargo_lock;
pub(crate) mod deny;
mod graph;
mod notices;
mod sbom;

pub(crate) use graph::Graph;
pub(crate) use notices::notices;
pub(crate) use sbom::sbom;
