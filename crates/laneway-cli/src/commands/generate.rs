//! `laneway generate`: a data set of any size, laid out as `laneway demo --data` takes it.

use std::path::PathBuf;

use clap::{Args as _, FromArgMatches as _};
use laneway_sample::{Detail, Settings, WriteErrorKind};

use crate::console;
use crate::failure::{Exit, Failure, chain};
use crate::load::grouped;

/// Generates documents, their schemas, and the expected content of a store that has loaded them. The same options give
/// the same bytes on every machine.
///
/// Exit codes: 0 the data set is written, 2 wrong usage.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    shape: Shape,
    /// Folder for schemas/, documents/ and expected-store.json; created if it does not exist.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// The shape of the documents.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Shape {
    /// Seed of everything random.
    #[arg(long, value_name = "N", default_value_t = Settings::default().seed)]
    seed: u64,
    /// Number of documents, including updates and invalid ones.
    #[arg(long, value_name = "N", default_value_t = Settings::default().documents)]
    documents: u64,
    /// References in a document, on average.
    #[arg(long, value_name = "N", default_value_t = Settings::default().references)]
    references: u32,
    /// Bytes of a document, on average.
    #[arg(long, value_name = "N", default_value_t = Settings::default().body_bytes)]
    body_bytes: u32,
    /// Share of documents that come before something they refer to.
    #[arg(long, value_name = "SHARE", default_value_t = Settings::default().forward)]
    forward: f64,
    /// Share of documents that change an earlier one.
    #[arg(long, value_name = "SHARE", default_value_t = Settings::default().updates)]
    updates: f64,
    /// Share of documents that must be refused.
    #[arg(long, value_name = "SHARE", default_value_t = Settings::default().invalid)]
    invalid: f64,
    /// How uneven references are: the percentage that goes to one half of the documents, from 50 (even) to 99.
    #[arg(long, value_name = "PERCENT", default_value_t = Settings::default().skew)]
    skew: u32,
    /// An update, or the target of a forward reference, follows within this many documents.
    #[arg(long, value_name = "N", default_value_t = Settings::default().distance)]
    distance: u32,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let written = self.shape.write(&self.output)?;
        console::result(format_args!(
            "{} documents in {} files in {} ({:.1} MB)",
            grouped(written.documents),
            written.files.len(),
            self.output.display(),
            written.bytes as f64 / 1e6
        ));
        Ok(Exit::Success)
    }
}

impl Shape {
    /// The same but for one option, named and written as on the command line.
    ///
    /// # Errors
    /// What clap says of an option that there is not, or of a value that is none.
    pub(crate) fn with(&self, option: &str, value: &str) -> Result<Self, clap::Error> {
        let command = Self::augment_args_for_update(clap::Command::new("generate").no_binary_name(true));
        // Else what is left out would be what it is by default.
        let command = command.mut_args(|option| option.default_values(Vec::<&str>::new()));
        let mut matches = command.try_get_matches_from([format!("--{option}={value}")])?;
        let mut shape = self.clone();
        shape.update_from_arg_matches_mut(&mut matches)?;
        Ok(shape)
    }

    /// Writes the data set into `folder`.
    pub(crate) fn write(&self, folder: &std::path::Path) -> Result<laneway_sample::Written, Failure> {
        let settings = Settings {
            seed: self.seed,
            documents: self.documents,
            references: self.references,
            body_bytes: self.body_bytes,
            forward: self.forward,
            updates: self.updates,
            invalid: self.invalid,
            skew: self.skew,
            distance: self.distance,
        };
        laneway_sample::write(folder, &settings, Detail::Hashes).map_err(|error| {
            let next = match error.kind() {
                WriteErrorKind::Settings => "Choose a value within the bounds.",
                WriteErrorKind::Occupied => "Nothing was written.",
                _ => "Choose a folder that is writable and has enough space.",
            };
            Failure::usage(chain(&error), next)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_option_changes_and_the_others_stay() {
        let command = Shape::augment_args(clap::Command::new("generate"));
        let matches = command.get_matches_from(["generate", "--documents=130", "--updates=0.5"]);
        let shape = Shape::from_arg_matches(&matches).unwrap();
        let changed = shape.with("references", "12").unwrap();
        assert_eq!((changed.documents, changed.references, changed.updates), (130, 12, 0.5));
        assert_eq!(changed.body_bytes, Settings::default().body_bytes);
        assert!(shape.with("colour", "12").unwrap_err().to_string().contains("--colour"));
        assert!(shape.with("references", "many").is_err());
    }
}
