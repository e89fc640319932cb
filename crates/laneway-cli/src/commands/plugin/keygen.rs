//! `laneway plugin keygen`: a pair of keys to sign sets of plugins with.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use laneway_plugin::SecretKey;

use crate::console;
use crate::failure::{Exit, Failure};

/// Makes an Ed25519 key pair for sets of plugins: FILE, the secret key that signs them, and FILE.pub, the public key that
/// verifies them. Both are PEM.
///
/// Exit codes: 0 both files are written, 2 wrong usage.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// File for the secret key; an existing file is not replaced.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Args {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let key = SecretKey::generate().map_err(|error| {
            Failure::usage(
                format_args!("the system gives no random numbers: {error}"),
                "Make the key with openssl instead.",
            )
        })?;
        let mut public = self.file.clone().into_os_string();
        public.push(".pub");
        let public = PathBuf::from(public);
        create(&self.file, &key.to_pem(), 0o600)?;
        create(&public, &key.public().to_pem(), 0o644)?;
        console::result(format_args!("{} signs, {} verifies", self.file.display(), public.display()));
        if cfg!(not(unix)) {
            console::remark(
                "laneway: the secret key may be read by whoever may read its folder; keep it where only you may",
            );
        }
        Ok(Exit::Success)
    }
}

fn create(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        Failure::file("write", path, &error, "Choose a file that does not exist yet, in a folder that is writable.")
    })
}
