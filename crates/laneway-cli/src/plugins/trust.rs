//! Whom to trust for plugins that the command line names: keys, and a list of what may be loaded.

use std::path::{Path, PathBuf};

use laneway_plugin::{PublicKey, Trust};

use crate::failure::{Failure, chain};

/// The options that say whom to trust; without, any plugin is taken.
#[derive(clap::Args, Debug)]
pub(crate) struct TrustArgs {
    /// Load plugins only from a folder signed with this public key (`laneway plugin sign`). Can be given several times; one
    /// signature is enough.
    #[arg(long, value_name = "FILE", requires = "plugins")]
    trusted_key: Vec<PathBuf>,
    /// Load only components whose SHA-256 is in FILE, as `sha256sum *.wasm` writes it.
    #[arg(long, value_name = "FILE", requires = "plugins")]
    allow_list: Option<PathBuf>,
}

impl TrustArgs {
    /// What they come to.
    pub(crate) fn trust(&self) -> Result<Trust, Failure> {
        let signers = self.trusted_key.iter().map(|file| key(file)).collect::<Result<_, _>>()?;
        let allowed = self.allow_list.as_deref().map(|file| {
            let next = "Name a list: sha256sum *.wasm > FILE";
            let text = std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error, next))?;
            Trust::parse_allow_list(&text).map_err(|error| wrong(file, &error, next))
        });
        Ok(Trust { allowed: allowed.transpose()?, signers })
    }
}

fn key(file: &Path) -> Result<PublicKey, Failure> {
    let next = "Name the public half of a key: laneway plugin keygen FILE writes FILE.pub";
    let pem = std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error, next))?;
    PublicKey::from_pem(&pem).map_err(|error| wrong(file, &error, next))
}

fn wrong(file: &Path, error: &(dyn std::error::Error + 'static), next: &'static str) -> Failure {
    Failure::usage(format_args!("{}: {}", file.display(), chain(error)), next)
}
