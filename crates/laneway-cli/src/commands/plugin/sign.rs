//! `laneway plugin sign`: a signature over a folder's set.

use std::path::PathBuf;

use laneway_plugin::{PluginSet, SET_FILE, SIGNATURE_FILE, SecretKey};

use crate::console;
use crate::failure::{Exit, Failure, chain};

/// Signs the set of plugins in DIR: writes plugins.json.sig, a signature over plugins.json and so over each component
/// that it lists.
///
/// Exit codes: 0 the signature is written, 2 wrong usage.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A folder that `laneway plugin compile` wrote.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The secret key: from `laneway plugin keygen`, or `openssl genpkey -algorithm ed25519`.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let next = "Make a key: laneway plugin keygen FILE";
        let pem = std::fs::read_to_string(&self.key).map_err(|error| Failure::file("read", &self.key, &error, next))?;
        let key = SecretKey::from_pem(&pem)
            .map_err(|error| Failure::usage(format_args!("{}: {error}", self.key.display()), next))?;
        let set = PluginSet::read(&self.folder)
            .map_err(|error| Failure::usage(chain(&error), "Sign a folder with a complete set."))?;
        // What was checked is what is signed, whatever is renamed into place meanwhile.
        let signature = set.listing().map(|listing| key.sign(listing)).unwrap_or_default();
        let path = self.folder.join(SIGNATURE_FILE);
        let new = self.folder.join(format!(".{SIGNATURE_FILE}.new"));
        std::fs::write(&new, signature)
            .and_then(|()| std::fs::rename(&new, &path))
            .map_err(|error| Failure::file("write", &path, &error, "Name a folder that may be written."))?;
        console::result(format_args!("{} signs {SET_FILE} and its {} plugins", path.display(), set.len()));
        Ok(Exit::Success)
    }
}
