//! TLS as libpq's `sslmode` has it, by rustls: whether to encrypt, and what of the server's certificate is checked.
//! <https://www.postgresql.org/docs/current/libpq-ssl.html>

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::defaults::Environment;
use crate::error::ConfigError;

/// `sslrootcert=system`: whom the system trusts.
const SYSTEM: &str = "system";

/// libpq's `sslmode`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl Mode {
    /// Reads it; `allow` counts as `prefer`, which tries the same two ways in the other order.
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        Ok(match text {
            "disable" => Self::Disable,
            "allow" | "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => {
                return Err(ConfigError::new(format!(
                    "sslmode={text}: it is one of disable, allow, prefer, require, verify-ca, verify-full"
                )));
            }
        })
    }

    /// The driver's mode, which knows no checks: those are the connector's.
    pub(crate) fn of_driver(self) -> SslMode {
        match self {
            Self::Disable => SslMode::Disable,
            Self::Prefer => SslMode::Prefer,
            Self::Require | Self::VerifyCa | Self::VerifyFull => SslMode::Require,
        }
    }
}

/// The files that TLS needs, where they are named.
#[derive(Clone, Default, Debug)]
pub(crate) struct Files {
    /// Whom to trust: a PEM file, or `system`.
    pub(crate) root: Option<String>,
    /// The client's certificate.
    pub(crate) certificate: Option<PathBuf>,
    /// Its key.
    pub(crate) key: Option<PathBuf>,
}

/// What encrypts connections.
///
/// # Errors
/// When a file cannot be read or holds something else.
pub(crate) fn connector(
    mode: Mode,
    files: &Files,
    environment: &Environment<'_>,
) -> Result<MakeRustlsConnect, ConfigError> {
    let provider = Arc::new(ring::default_provider());
    let verifier = verifier(mode, files, environment, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::new(error.to_string()).within("TLS cannot be set up"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => builder
            .with_client_auth_cert(certificates("sslcert", certificate)?, private_key(key)?)
            .map_err(|error| in_file("sslcert", certificate, error))?,
        (None, None) => builder.with_no_client_auth(),
        _ => return Err(ConfigError::new("sslcert and sslkey go together: one of them is missing")),
    };
    Ok(MakeRustlsConnect::new(config))
}

/// `require` checks nothing unless there is a file of roots, as in libpq; the stricter modes need one and take the
/// system's where none is named.
fn verifier(
    mode: Mode,
    files: &Files,
    environment: &Environment<'_>,
    provider: &Arc<CryptoProvider>,
) -> Result<Verifier, ConfigError> {
    let named = files.root.as_deref();
    let of_user = environment.in_home(".postgresql/root.crt").filter(|file| file.is_file());
    let chosen = match (named, of_user) {
        (Some(SYSTEM), _) => Some(None),
        (Some(file), _) => Some(Some(PathBuf::from(file))),
        (None, Some(file)) if mode >= Mode::Require => Some(Some(file)),
        (None, _) if mode >= Mode::VerifyCa => Some(None),
        (None, _) => None,
    };
    // libpq: a file of roots turns `require` into `verify-ca`; `system` is for `verify-full` only.
    let is_system = matches!(chosen, Some(None));
    let roots = match chosen {
        Some(_) if mode < Mode::Require => None,
        Some(file) => Some(file.map_or_else(system_roots, |file| certificates("sslrootcert", &file))?),
        None => None,
    };
    let roots = match roots {
        None => None,
        Some(roots) => Some(Roots::new(roots, mode == Mode::VerifyFull || is_system, provider)?),
    };
    Ok(Verifier { roots, provider: Arc::clone(provider) })
}

fn system_roots() -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let found = rustls_native_certs::load_native_certs();
    match (found.certs, found.errors.first()) {
        (certificates, _) if !certificates.is_empty() => Ok(certificates),
        (_, Some(error)) => Err(ConfigError::new(format!(
            "the system's certificates cannot be read: {error}; name a file by sslrootcert"
        ))),
        (_, None) => Err(ConfigError::new("the system trusts no certificate; name a file by sslrootcert")),
    }
}

fn certificates(key: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| in_file(key, file, error))?;
    if found.is_empty() { Err(in_file(key, file, "it holds no certificate in PEM form")) } else { Ok(found) }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, ConfigError> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| in_file("sslkey", file, error))
}

fn in_file(key: &str, file: &Path, cause: impl ToString) -> ConfigError {
    ConfigError::new(cause.to_string()).within(format_args!("{key}={}", file.display()))
}

/// Whom to trust.
#[derive(Debug)]
struct Roots {
    /// As they are in the file.
    certificates: Vec<CertificateDer<'static>>,
    chain: Arc<WebPkiServerVerifier>,
    is_name_checked: bool,
}

impl Roots {
    fn new(
        certificates: Vec<CertificateDer<'static>>,
        is_name_checked: bool,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, ConfigError> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates.iter().cloned());
        let chain =
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider)).build().map_err(
                |error| ConfigError::new(error.to_string()).within("sslrootcert holds nothing that can be trusted"),
            )?;
        Ok(Self { certificates, chain, is_name_checked })
    }

    fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        // A self-signed certificate that is itself in the file: libpq takes it, webpki does not (it is no CA's).
        if self.certificates.iter().any(|root| root == certificate) {
            let parsed = rustls::server::ParsedCertificate::try_from(certificate)?;
            return if self.is_name_checked { rustls::client::verify_server_name(&parsed, name) } else { Ok(()) };
        }
        match self.chain.verify_server_cert(certificate, intermediates, name, &[], now) {
            // Names are checked last, so everything else is right.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.is_name_checked => Ok(()),
            result => result.map(drop),
        }
    }
}

/// Checks what the mode asks for of a server's certificate; that it holds the key is checked always.
#[derive(Debug)]
struct Verifier {
    roots: Option<Roots>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(roots) = &self.roots {
            roots.verify(certificate, intermediates, name, now)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
