//! The types of the C ABI, under their C names. Fields are only ever added at the end; nothing here acts.

mod completion;
mod generation;
mod log;
mod operation;
mod options;
mod result;
mod stats;

pub use completion::{laneway_completion_kind_t, laneway_completion_t, laneway_outcome_t};
pub use generation::laneway_generation_t;
pub use log::{laneway_log_level_t, laneway_log_t};
pub use operation::{laneway_operation_t, laneway_strategy_t, laneway_text_t};
pub use options::{
    laneway_coercion_t, laneway_isolation_t, laneway_limits_t, laneway_plugins_options_t, laneway_runtime_options_t,
    laneway_store_options_t,
};
pub use result::{laneway_error_t, laneway_result_t};
pub use stats::laneway_stats_t;

/// A runtime: threads, one queue of completions, and the stores opened in it. 0 is none.
pub type laneway_runtime_t = u64;
/// A store of a runtime. 0 is none.
pub type laneway_store_t = u64;
/// A set of plugins, which any number of stores may use. 0 is none.
pub type laneway_plugins_t = u64;
