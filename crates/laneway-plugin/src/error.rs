//! Why a set of plugins cannot be loaded: which plugin, what about it, what to do.

use laneway_dms::Dialect;

/// Why plugins were not loaded. The set that was in force stays in force.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}: {kind}", subject(.plugin))]
pub struct PluginError {
    /// [`ALL`] when it is about no single one.
    plugin: String,
    kind: Refusal,
}

/// What can be done about plugins that were not loaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PluginErrorKind {
    /// A component is not on the allow-list.
    NotAllowed,
    /// The set has no signature of a trusted key.
    NotSigned,
    /// Another set is being tried; try again when that is decided.
    CanaryUnderWay,
    /// The system has no thread or memory for it; try again when it has.
    System,
    /// A plugin breaks the contract or a limit, or does not run.
    Unusable,
}

/// Stands for the name of a plugin when an error is about no single one.
const ALL: &str = "(all)";

fn subject(plugin: &str) -> String {
    if plugin == ALL { "the set of plugins".to_owned() } else { format!("plugin `{plugin}`") }
}

impl PluginError {
    pub(crate) fn new(plugin: &str, kind: Refusal) -> Self {
        Self { plugin: plugin.to_owned(), kind }
    }

    /// An error about the whole set.
    pub(crate) fn of_all(kind: Refusal) -> Self {
        Self::new(ALL, kind)
    }

    /// The name of the plugin that was refused; `(all)` when the set was.
    #[must_use]
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// What can be done about it.
    #[must_use]
    pub fn kind(&self) -> PluginErrorKind {
        match self.kind {
            Refusal::NotAllowed(_) => PluginErrorKind::NotAllowed,
            Refusal::NotSigned | Refusal::WrongSignature => PluginErrorKind::NotSigned,
            Refusal::CanaryUnderWay => PluginErrorKind::CanaryUnderWay,
            Refusal::Engine(_) | Refusal::NoMemory(_) => PluginErrorKind::System,
            _ => PluginErrorKind::Unusable,
        }
    }

    /// A word for machines, one for each way in which a plugin can be wrong.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.kind {
            Refusal::NotAllowed(_) => "not-allowed",
            Refusal::NotSigned => "not-signed",
            Refusal::WrongSignature => "wrong-signature",
            Refusal::TooLarge { .. } => "too-large",
            Refusal::NotWebAssembly(_) => "not-webassembly",
            Refusal::NotAComponent => "not-a-component",
            Refusal::Imports(_) => "imports",
            Refusal::WrongWorld(_) => "wrong-world",
            Refusal::UnknownVersion(_) => "unknown-version",
            Refusal::TooMuchMemory { .. } => "too-much-memory",
            Refusal::NotCompilable(_) => "not-compilable",
            Refusal::NotInstantiable(_) => "not-instantiable",
            Refusal::DescribeFailed(_) => "describe-failed",
            Refusal::UnknownDialect(_) => "unknown-dialect",
            Refusal::UnknownSlotKind { .. } => "unknown-slot-kind",
            Refusal::Contradiction { .. } => "contradictory-manifest",
            Refusal::CanaryUnderWay => "canary-under-way",
            Refusal::Engine(_) => "engine",
            Refusal::NoMemory(_) => "no-memory",
        }
    }
}

/// A generation that cannot be returned to.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("generation {number} is not kept; those that can be returned to are {}", numbers(.kept))]
pub struct UnknownGeneration {
    pub(crate) number: u64,
    pub(crate) kept: Vec<u64>,
}

fn numbers(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// What about the plugin.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("its SHA-256 {0} is not on the allow-list; add it there if the component should be loaded")]
    NotAllowed(String),
    #[error("it is not signed, but a signature is required; sign its folder: laneway plugin sign DIR --key FILE")]
    NotSigned,
    #[error(
        "none of its signatures is that of a trusted key over this plugins.json; sign the folder again after compiling, \
         or trust the key that signed it"
    )]
    WrongSignature,
    #[error("it has {bytes} bytes; {bytes_max} are allowed")]
    TooLarge { bytes: usize, bytes_max: usize },
    #[error("it is not a WebAssembly file: {0}")]
    NotWebAssembly(String),
    #[error("it is a core module, not a component; wrap it: laneway plugin pack MODULE.wasm -o PLUGIN.wasm")]
    NotAComponent,
    #[error(
        "it imports {}, but plugins run without any import. Leave them out where it is built (componentize-py and \
         componentize-qjs: --stub-wasi; jco: --disable all, or --backend-qjs-stub-wasi; componentize-js: disableFeatures \
         [\"clocks\", \"fetch-event\", \"http\", \"random\", \"stdio\"]; cargo component and wit-bindgen: --target \
         wasm32-unknown-unknown); or, if it never calls them, let them trap: laneway plugin pack FILE -o DIR --trap-imports",
        .0.join(", ")
    )]
    Imports(Vec<String>),
    #[error("it does not implement the world `laneway:resource`: {0}")]
    WrongWorld(String),
    #[error(
        "it implements version {0} of `laneway:resource`; this host knows version 1; update Laneway or rebuild the plugin"
    )]
    UnknownVersion(String),
    #[error("it asks for {bytes} bytes of memory to begin with; {bytes_max} are allowed")]
    TooMuchMemory { bytes: u64, bytes_max: u64 },
    #[error("it cannot be compiled: {0}")]
    NotCompilable(String),
    #[error("it cannot be instantiated: {0}")]
    NotInstantiable(String),
    #[error("its `describe` failed: {0}")]
    DescribeFailed(String),
    #[error("it follows the rules named `{0}`; this host knows `{known}`", known = Dialect::default().name())]
    UnknownDialect(String),
    #[error("slot {slot} of resource `{resource}` is of kind `{kind}`, which this host does not know; update Laneway")]
    UnknownSlotKind { resource: String, slot: usize, kind: String },
    #[error("its manifest contradicts itself{}: {what}", .resource.as_ref().map(|name| format!(" (resource `{name}`)")).unwrap_or_default())]
    Contradiction { resource: Option<String>, what: String },
    #[error("another set is being tried; wait until that is decided")]
    CanaryUnderWay,
    #[error("the engine did not start: {0}")]
    Engine(String),
    #[error(
        "the system has no memory for an instance of it ({0}); raise the bound on address space (ulimit -v) or the \
         container's memory"
    )]
    NoMemory(String),
}
