//! TLS as libpq's `sslmode` has it, by rustls: whether to encrypt, and what encrypts. What of the server's certificate is
//! checked is the verifier's.
//! <https://www.postgresql.org/docs/18/libpq-ssl.html>

mod files;
mod verifier;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateRevocationListDer;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::ConfigError;
use crate::settings::Settings;
use crate::sources::environment::Environment;
use verifier::{Roots, Verifier};

/// `sslrootcert=system`: whom the system trusts.
const SYSTEM: &str = "system";
/// What PostgreSQL's protocol is called where TLS asks for it (IANA).
const ALPN: &[u8] = b"postgresql";

/// libpq's `sslmode`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Mode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl Mode {
    /// The mode that is set, or follows from what is.
    ///
    /// # Errors
    /// When it is none, or does not go together with other settings.
    pub(crate) fn of(settings: &Settings) -> Result<Self, ConfigError> {
        let name = settings.name("sslmode");
        let is_system = settings.get("sslrootcert") == Some(SYSTEM);
        let mode = match settings.get("sslmode") {
            None if is_system => Self::VerifyFull,
            None => Self::Prefer,
            Some("disable") => Self::Disable,
            Some("allow") => Self::Allow,
            Some("prefer") => Self::Prefer,
            Some("require") => Self::Require,
            Some("verify-ca") => Self::VerifyCa,
            Some("verify-full") => Self::VerifyFull,
            Some(_) => {
                return Err(ConfigError::new(format!(
                    "`{name}` is not one of disable, allow, prefer, require, verify-ca, verify-full"
                )));
            }
        };
        if is_system && mode != Self::VerifyFull {
            // Everyone gets a certificate from one of the system's authorities: without the name it says nothing.
            return Err(ConfigError::new(format!("sslrootcert=system needs `{name}` to be verify-full")));
        }
        if settings.get("sslnegotiation") == Some("direct") && mode < Self::Require {
            return Err(ConfigError::new(format!("sslnegotiation=direct needs `{name}` to be require or stricter")));
        }
        if trusts_any(settings) && mode >= Self::VerifyCa {
            return Err(ConfigError::new(format!(
                "`Trust Server Certificate` and a verifying `{name}` contradict each other: remove one"
            )));
        }
        Ok(mode)
    }

    /// The driver's modes to try in this order; the driver's `prefer` falls back where a server has no TLS at all.
    pub(crate) fn of_driver(self) -> &'static [SslMode] {
        match self {
            Self::Disable => &[SslMode::Disable],
            Self::Allow => &[SslMode::Disable, SslMode::Require],
            Self::Prefer => &[SslMode::Prefer, SslMode::Disable],
            Self::Require | Self::VerifyCa | Self::VerifyFull => &[SslMode::Require],
        }
    }
}

fn trusts_any(settings: &Settings) -> bool {
    settings.get("Trust Server Certificate") == Some("true")
}

/// What encrypts connections.
///
/// # Errors
/// When a file cannot be read or holds something else.
pub(crate) fn connector(
    mode: Mode,
    settings: &Settings,
    environment: &Environment<'_>,
) -> Result<MakeRustlsConnect, ConfigError> {
    let provider = Arc::new(ring::default_provider());
    let verifier = verifier(mode, settings, environment, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(settings)?)
        .map_err(|error| ConfigError::new(error.to_string()).within("TLS cannot be set up"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match client_files(settings, environment)? {
        Some((certificate, key)) => builder
            .with_client_auth_cert(files::certificates("sslcert", &certificate)?, files::private_key(&key)?)
            .map_err(|error| files::in_file("sslcert", &certificate, error))?,
        None => builder.with_no_client_auth(),
    };
    config.enable_sni = settings.get("sslsni") != Some("0");
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn versions(settings: &Settings) -> Result<Vec<&'static SupportedProtocolVersion>, ConfigError> {
    let is_from = settings.get("ssl_min_protocol_version") == Some("TLSv1.3");
    let is_up_to = settings.get("ssl_max_protocol_version") == Some("TLSv1.2");
    match (is_from, is_up_to) {
        (true, true) => Err(ConfigError::new("ssl_min_protocol_version is above ssl_max_protocol_version")),
        (true, false) => Ok(vec![&TLS13]),
        (false, true) => Ok(vec![&TLS12]),
        (false, false) => Ok(vec![&TLS12, &TLS13]),
    }
}

/// The client's certificate and key: those named, or those in the user's home.
fn client_files(settings: &Settings, environment: &Environment<'_>) -> Result<Option<(PathBuf, PathBuf)>, ConfigError> {
    if settings.get("sslcertmode") == Some("disable") {
        return Ok(None);
    }
    let named = |word| settings.get(word).map(PathBuf::from);
    let in_home = |name| environment.in_home(name).filter(|file: &PathBuf| file.is_file());
    let is_named = settings.get("sslcert").is_some() || settings.get("sslkey").is_some();
    let certificate = named("sslcert").or_else(|| in_home(".postgresql/postgresql.crt"));
    let key = named("sslkey").or_else(|| in_home(".postgresql/postgresql.key"));
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
        _ if is_named => Err(ConfigError::new("sslcert and sslkey go together: one of them is missing")),
        _ => Ok(None),
    }
}

/// `require` checks nothing unless there is a file of roots, as in libpq; the stricter modes need one and take the
/// system's where none is named.
fn verifier(
    mode: Mode,
    settings: &Settings,
    environment: &Environment<'_>,
    provider: &Arc<CryptoProvider>,
) -> Result<Verifier, ConfigError> {
    let of_user = environment.in_home(".postgresql/root.crt").filter(|file| file.is_file());
    let of_file = |file: &Path| files::certificates("sslrootcert", file).map(|found| Some((found, false)));
    let of_system = || files::system_roots().map(|found| Some((found, true)));
    let trusted = match (settings.get("sslrootcert"), of_user) {
        _ if mode < Mode::Require || trusts_any(settings) => None,
        (Some(SYSTEM), _) => of_system()?,
        (Some(file), _) => of_file(file.as_ref())?,
        (None, Some(file)) => of_file(&file)?,
        (None, None) if mode >= Mode::VerifyCa => of_system()?,
        (None, None) => None,
    };
    let Some((certificates, is_of_system)) = trusted else { return Ok(Verifier::new(None, Arc::clone(provider))) };
    // Everyone gets a certificate from one of the system's authorities.
    let is_name_checked = mode == Mode::VerifyFull || is_of_system;
    let roots = Roots::new(certificates, revoked(settings, environment)?, is_name_checked, provider)?;
    Ok(Verifier::new(Some(roots), Arc::clone(provider)))
}

/// The lists of revoked certificates: the file and the folder that are named, or the file in the user's home.
fn revoked(
    settings: &Settings,
    environment: &Environment<'_>,
) -> Result<Vec<CertificateRevocationListDer<'static>>, ConfigError> {
    let (file, folder) = (settings.get("sslcrl"), settings.get("sslcrldir"));
    let in_home = || environment.in_home(".postgresql/root.crl").filter(|file| file.is_file());
    let mut lists = match (file, folder) {
        (None, None) => in_home().map_or(Ok(Vec::new()), |file| files::revoked("sslcrl", &file))?,
        (file, _) => file.map_or(Ok(Vec::new()), |file| files::revoked("sslcrl", file.as_ref()))?,
    };
    if let Some(folder) = folder {
        for file in files::in_folder("sslcrldir", folder.as_ref())? {
            lists.extend(files::revoked("sslcrldir", &file)?);
        }
    }
    Ok(lists)
}
