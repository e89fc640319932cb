//! From a plugin's output to an extraction. Refuses to know wasmtime's calls: values in, values out.

pub(crate) mod assemble;
pub(crate) mod bodies;
pub(crate) mod fault;
#[cfg(test)]
mod fuzz;
pub(crate) mod id_memo;
pub(crate) mod output;
pub(crate) mod reading;
pub(crate) mod resource_plan;
pub(crate) mod text;
pub(crate) mod token;
