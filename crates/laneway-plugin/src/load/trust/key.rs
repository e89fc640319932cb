//! Ed25519 keys as other programs write them: PEM with PKCS #8 or SubjectPublicKeyInfo inside, of which each has just
//! one form for this kind of key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

/// What goes before the 32 bytes of a secret key: PKCS #8, version 0, id-Ed25519 (RFC 8410).
const SECRET_HEAD: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// What goes before the 32 bytes of a public key: SubjectPublicKeyInfo, id-Ed25519 (RFC 8410).
const PUBLIC_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
const SECRET_LABEL: &str = "PRIVATE KEY";
const PUBLIC_LABEL: &str = "PUBLIC KEY";

/// What checks signatures.
#[derive(Clone, PartialEq, Debug)]
pub struct PublicKey(VerifyingKey);

/// What signs. Its bytes are wiped when it goes.
pub struct SecretKey(SigningKey);

/// A text that is no key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "it is no Ed25519 key in PEM with `BEGIN {label}`; `laneway plugin keygen` and `openssl genpkey -algorithm ed25519` make one"
)]
pub struct KeyError {
    label: &'static str,
}

impl PublicKey {
    /// Reads a key from PEM (`BEGIN PUBLIC KEY`).
    ///
    /// # Errors
    /// When it is no such key.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let wrong = KeyError { label: PUBLIC_LABEL };
        let bytes = unwrap(text, PUBLIC_LABEL, &PUBLIC_HEAD).ok_or(wrong.clone())?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| wrong.clone())?;
        // Under a weak key one signature fits many texts.
        if key.is_weak() { Err(wrong) } else { Ok(Self(key)) }
    }

    /// The key as PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        wrap(PUBLIC_LABEL, &PUBLIC_HEAD, self.0.as_bytes())
    }

    /// Whether a line of a signature file is this key's signature over `content`.
    pub(super) fn has_signed(&self, content: &[u8], line: &str) -> bool {
        let signature = BASE64.decode(line).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| self.0.verify_strict(content, &signature).is_ok())
    }
}

impl SecretKey {
    /// A new key.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn generate() -> std::io::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Reads a key from PEM (`BEGIN PRIVATE KEY`).
    ///
    /// # Errors
    /// When it is no such key.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let bytes = unwrap(text, SECRET_LABEL, &SECRET_HEAD).ok_or(KeyError { label: SECRET_LABEL })?;
        Ok(Self(SigningKey::from_bytes(&bytes)))
    }

    /// The key as PEM: whoever has it can sign.
    #[must_use]
    pub fn to_pem(&self) -> String {
        wrap(SECRET_LABEL, &SECRET_HEAD, self.0.as_bytes())
    }

    /// What checks its signatures.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The content of `plugins.json.sig` for a `plugins.json` of these bytes: a line with the signature in base64.
    #[must_use]
    pub fn sign(&self, content: &[u8]) -> String {
        format!("{}\n", BASE64.encode(self.0.sign(content).to_bytes()))
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

fn unwrap(text: &str, label: &str, head: &[u8]) -> Option<[u8; 32]> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let body: String = body.split_ascii_whitespace().collect();
    BASE64.decode(body).ok()?.strip_prefix(head)?.try_into().ok()
}

fn wrap(label: &str, head: &[u8], key: &[u8; 32]) -> String {
    let body = BASE64.encode([head, key].concat());
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    // What `openssl genpkey -algorithm ed25519`, `openssl pkey -pubout` and `openssl pkeyutl -sign -rawin` wrote.
    const SECRET: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJh36q7v5qE5cq7D14tHtWI7xIrfEK8a36ebo1JSz55I\n-----END PRIVATE KEY-----\n";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAyqF12Lr8NjYqIivOqYZsjMs78TfyghONi7BnrN2Q9xE=\n-----END PUBLIC KEY-----\n";
    const SIGNATURE: &str =
        "dbeCEAU7obrBoVf13nneC1qE5ifbVpglDfSiV6LPJbzJFoj0Z7U9Lba0/XkGn6EAiuAcDXk/mKWOnbmvDXWEDA==\n";

    #[test]
    fn agrees_with_openssl() {
        let secret = SecretKey::from_pem(SECRET).unwrap();
        assert_eq!(secret.to_pem(), SECRET);
        assert_eq!(secret.public().to_pem(), PUBLIC);
        assert_eq!(secret.sign(b"plugins\n"), SIGNATURE);
        let public = PublicKey::from_pem(PUBLIC).unwrap();
        assert!(public.has_signed(b"plugins\n", SIGNATURE.trim()));
        assert!(!public.has_signed(b"plugins", SIGNATURE.trim()));
    }

    #[test]
    fn texts_that_are_no_keys_are_refused() {
        let message = PublicKey::from_pem(SECRET).unwrap_err().to_string();
        assert!(message.contains("BEGIN PUBLIC KEY") && message.contains("keygen"), "{message}");
        for text in ["", "junk", &PUBLIC.replace("MCow", "MCox"), &PUBLIC.replace("PUBLIC", "EC")] {
            assert!(PublicKey::from_pem(text).is_err(), "{text}");
        }
        // The neutral element: every signature of zeros would be good.
        let mut weak = [0; 32];
        weak[0] = 1;
        assert!(PublicKey::from_pem(&wrap(PUBLIC_LABEL, &PUBLIC_HEAD, &weak)).is_err());
        assert!(SecretKey::from_pem(PUBLIC).is_err());
    }

    #[test]
    fn a_new_key_signs_and_is_not_printed() {
        let key = SecretKey::generate().unwrap();
        let other = SecretKey::generate().unwrap();
        let signature = key.sign(b"x");
        assert!(key.public().has_signed(b"x", signature.trim()));
        assert!(!other.public().has_signed(b"x", signature.trim()));
        assert_eq!(format!("{key:?}"), "SecretKey(…)");
    }
}
