//! An outcome for people and for programs that read the command line.

use laneway_model::Outcome;
use serde_json::{Value as Json, json};

/// One line for people, without the outcome's name.
pub(crate) fn sentence(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Inserted { document_uuid } | Outcome::Updated { document_uuid } => document_uuid.to_string(),
        Outcome::InvalidDescriptors(descriptors) => descriptors
            .iter()
            .map(|found| format!("{}: {} value '{}' does not exist", found.path, found.resource, found.value))
            .collect::<Vec<_>>()
            .join("; "),
        Outcome::InvalidDocument { code, message } | Outcome::UnknownResource { code, message } => {
            format!("{message} ({code})")
        }
        Outcome::TooLarge { bytes, bytes_max } => format!("the document has {bytes} bytes; {bytes_max} are allowed"),
        Outcome::InvalidReferences { resources } => {
            format!("it refers to what is not stored: {}", resources.join(", "))
        }
        Outcome::IdentityConflict { resource, identity } => {
            let identity: Vec<_> = identity.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            format!("another document holds this identity of {resource}: {}", identity.join(", "))
        }
        Outcome::WriteConflict { sqlstate } => match sqlstate {
            Some(code) => format!("concurrent changes kept getting in the way (SQLSTATE {code}); submit it again"),
            None => "concurrent changes kept getting in the way; submit it again".to_owned(),
        },
        Outcome::NotAuthorized { messages, hints } => [messages.as_slice(), hints.as_slice()].concat().join(" "),
        Outcome::Failed { sqlstate, message } => match sqlstate {
            Some(code) => format!("{message} (SQLSTATE {code})"),
            None => message.clone(),
        },
        Outcome::PluginFailed { message } => message.clone(),
        Outcome::InDoubt => "the connection was lost at commit, and it is not known whether it took effect".to_owned(),
        Outcome::QueueFull { retry_after_ms } => format!("there was no room; try again in {retry_after_ms} ms"),
        Outcome::Closed => "the runtime was closed before it was written".to_owned(),
        Outcome::Deadline => "its deadline passed before it was written".to_owned(),
        Outcome::Cancelled => "it was cancelled before it was written".to_owned(),
    }
}

/// Code and message of the refusal to extract a document.
pub(crate) fn refusal(outcome: &Outcome) -> (&str, &str) {
    match outcome {
        Outcome::InvalidDocument { code, message } | Outcome::UnknownResource { code, message } => (code, message),
        Outcome::PluginFailed { message } => ("plugin-failed", message),
        Outcome::TooLarge { .. } => ("too-large", "the document is over the size limit"),
        other => (other.kind().as_str(), "the document cannot be extracted"),
    }
}

/// The details for programs: lists where there are lists, else the sentence.
pub(crate) fn detail(outcome: &Outcome) -> Json {
    match outcome {
        Outcome::InvalidDescriptors(descriptors) => json!(descriptors),
        Outcome::InvalidReferences { resources } => json!({"resources": resources}),
        Outcome::IdentityConflict { resource, identity } => {
            let identity: serde_json::Map<String, Json> =
                identity.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
            json!({"resource": resource, "identity": identity})
        }
        Outcome::NotAuthorized { messages, hints } => json!({"messages": messages, "hints": hints}),
        Outcome::Failed { sqlstate, message } => {
            json!({"sqlstate": sqlstate.map(|code| code.to_string()), "message": message})
        }
        other => sentence(other).into(),
    }
}
