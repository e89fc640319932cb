//! The option that says which resource bodies are of.

/// Which resource bodies are of that stand in files by themselves.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct EndpointArgs {
    /// Resource of bodies that stand in files by themselves, as in URLs; without a project the only one that has it, ed-fi
    /// first. Otherwise the file's name says it, or its folder's: students.jsonl, 07-students.ndjson, tpdm.candidates.json.gz,
    /// students/part-1.jsonl.
    #[arg(long, value_name = "[PROJECT/]NAME")]
    pub(crate) endpoint: Option<String>,
}
