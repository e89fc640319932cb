//! What of a server's certificate is checked, as libpq checks it: who issued it, whether all of the chain is valid now,
//! whether it was revoked, and for whom it is.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_cert::der::Decode as _;

use crate::error::ConfigError;

/// Whom to trust.
#[derive(Debug)]
pub(super) struct Roots {
    /// As they are in the file.
    certificates: Vec<CertificateDer<'static>>,
    revoked: Vec<CertificateRevocationListDer<'static>>,
    is_name_checked: bool,
    provider: Arc<CryptoProvider>,
}

impl Roots {
    pub(super) fn new(
        certificates: Vec<CertificateDer<'static>>,
        revoked: Vec<CertificateRevocationListDer<'static>>,
        is_name_checked: bool,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, ConfigError> {
        let roots = Self { certificates, revoked, is_name_checked, provider: Arc::clone(provider) };
        let unusable =
            |error: Error| ConfigError::new(error.to_string()).within("sslrootcert or sslcrl cannot be used");
        roots.issuers(&roots.certificates).map_err(unusable)?;
        Ok(roots)
    }

    /// What checks a chain that ends at one of the certificates.
    fn issuers<'a>(
        &self,
        certificates: impl IntoIterator<Item = &'a CertificateDer<'static>>,
    ) -> Result<Arc<WebPkiServerVerifier>, Error> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates.into_iter().cloned());
        WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&self.provider))
            .with_crls(self.revoked.iter().cloned())
            .build()
            .map_err(|error| Error::General(error.to_string()))
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
            in_time(certificate, now)?;
            let parsed = rustls::server::ParsedCertificate::try_from(certificate)?;
            return if self.is_name_checked { rustls::client::verify_server_name(&parsed, name) } else { Ok(()) };
        }
        let by = |issuers: &WebPkiServerVerifier| {
            match issuers.verify_server_cert(certificate, intermediates, name, &[], now) {
                // Names are checked last, so everything else is right.
                Err(Error::InvalidCertificate(
                    CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
                )) if !self.is_name_checked => Ok(()),
                result => result.map(drop),
            }
        };
        by(self.issuers(&self.certificates)?.as_ref())?;
        // webpki asks when a chain's certificates are valid, but for the last, whose key alone it takes.
        let Some(reason) = self.certificates.iter().find_map(|root| in_time(root, now).err()) else { return Ok(()) };
        let valid = self.certificates.iter().filter(|root| in_time(root, now).is_ok());
        self.issuers(valid).and_then(|issuers| by(&issuers)).map_err(|_| reason)
    }
}

/// Whether `now` is within a certificate's time.
fn in_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let invalid = |reason| Err(Error::InvalidCertificate(reason));
    let Ok(certificate) = x509_cert::Certificate::from_der(certificate) else {
        return invalid(CertificateError::BadEncoding);
    };
    let validity = certificate.tbs_certificate.validity;
    let not_before = UnixTime::since_unix_epoch(validity.not_before.to_unix_duration());
    let not_after = UnixTime::since_unix_epoch(validity.not_after.to_unix_duration());
    if now > not_after {
        invalid(CertificateError::ExpiredContext { time: now, not_after })
    } else if now < not_before {
        invalid(CertificateError::NotValidYetContext { time: now, not_before })
    } else {
        Ok(())
    }
}

/// Checks what the mode asks for of a server's certificate; that it holds the key is checked always.
#[derive(Debug)]
pub(super) struct Verifier {
    roots: Option<Roots>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    pub(super) fn new(roots: Option<Roots>, provider: Arc<CryptoProvider>) -> Self {
        Self { roots, provider }
    }
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
