//! The files that TLS needs: certificates, keys, lists of revoked ones. Knows what they hold, not what it is for.

use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};

use crate::error::{ConfigError, shown};

/// Whom the system trusts.
///
/// # Errors
/// When it trusts no certificate, or that cannot be found out.
pub(super) fn system_roots() -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let found = rustls_native_certs::load_native_certs();
    match (found.certs, found.errors.first()) {
        (certificates, _) if !certificates.is_empty() => Ok(certificates),
        (_, Some(error)) => Err(ConfigError::new(format!(
            "the system's certificates cannot be read: {error}; name a file by sslrootcert"
        ))),
        (_, None) => Err(ConfigError::new("the system trusts no certificate; name a file by sslrootcert")),
    }
}

/// The certificates in a file, in its order; at least one.
///
/// # Errors
/// When it cannot be read, or holds none.
pub(super) fn certificates(key: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| in_file(key, file, error))?;
    if found.is_empty() { Err(in_file(key, file, "it holds no certificate in PEM form")) } else { Ok(found) }
}

/// The lists of revoked certificates in a file; at least one.
///
/// # Errors
/// When it cannot be read, or holds none.
pub(super) fn revoked(key: &str, file: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, ConfigError> {
    let read = CertificateRevocationListDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| in_file(key, file, error))?;
    if found.is_empty() { Err(in_file(key, file, "it holds no list of revoked certificates")) } else { Ok(found) }
}

/// The files of a folder.
///
/// # Errors
/// When it cannot be read.
pub(super) fn in_folder(key: &str, folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let entries = folder.read_dir().and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| in_file(key, folder, error))?;
    Ok(entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
}

/// A client's key.
///
/// # Errors
/// When others may read it, it is encrypted, or cannot be read.
pub(super) fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|error| in_file("sslkey", file, error))?;
    if is_open_to_others(file) {
        return Err(in_file("sslkey", file, "others may read it; allow only its owner (chmod 0600)"));
    }
    if text.contains("ENCRYPTED") {
        let remedy = "it is encrypted; keep it unencrypted, readable by its owner only: openssl pkey -in … -out …";
        return Err(in_file("sslkey", file, remedy));
    }
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| in_file("sslkey", file, error))
}

/// As libpq has it: the owner alone, or root's group too where root owns it.
#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let is_open = |metadata: std::fs::Metadata| {
        let open = if metadata.uid() == 0 { 0o037 } else { 0o077 };
        metadata.mode() & open != 0
    };
    std::fs::metadata(file).is_ok_and(is_open)
}

#[cfg(not(unix))]
fn is_open_to_others(_file: &Path) -> bool {
    // The folder's own rights protect it (%APPDATA%), as libpq has it.
    false
}

pub(super) fn in_file(key: &str, file: &Path, cause: impl ToString) -> ConfigError {
    ConfigError::new(cause.to_string()).within(format_args!("{key}={}", shown(&file.to_string_lossy())))
}
