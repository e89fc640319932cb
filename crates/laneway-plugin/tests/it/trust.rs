//! Components and sets without an allowed hash or a trusted signature.

use std::fs;
use std::path::Path;

use laneway_plugin::{
    PluginError, PluginSet, PluginSettings, Plugins, Publish, SET_FILE, SIGNATURE_FILE, SecretKey, Trust,
};
use sha2::{Digest as _, Sha256};

use crate::folder;
use crate::guest::{Guest, thing};

fn load(folder: &Path, trust: &Trust) -> Result<Plugins, PluginError> {
    let settings = PluginSettings { trust: trust.clone(), ..PluginSettings::default() };
    Plugins::load_set(&PluginSet::read(folder).unwrap(), settings)
}

fn refusal(folder: &Path, trust: &Trust) -> (&'static str, String) {
    let error = load(folder, trust).unwrap_err();
    (error.code(), error.to_string())
}

fn guest(version: &'static str) -> Vec<u8> {
    Guest { version, ..Guest::of(thing()) }.component()
}

#[test]
fn only_what_is_on_the_list_is_loaded() {
    let digest = |wasm: &[u8]| Sha256::digest(wasm).iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let (listed, other) = (guest("1"), guest("2"));
    let list = format!("# reviewed\n\n{}  a.wasm\n", digest(&listed));
    let trust = Trust { allowed: Some(Trust::parse_allow_list(&list).unwrap()), ..Trust::default() };
    let settings = PluginSettings { trust, ..PluginSettings::default() };
    let plugins = Plugins::load(vec![("a".into(), listed)], settings).unwrap();
    let error = plugins.publish(vec![("b".into(), other.clone())]).unwrap_err();
    assert_eq!((error.code(), error.plugin()), ("not-allowed", "b"));
    assert!(error.to_string().contains(&digest(&other).to_lowercase()), "{error}");
    assert_eq!(plugins.generation(), 1);
    let nothing = Trust { allowed: Some(Trust::parse_allow_list("").unwrap()), ..Trust::default() };
    let settings = PluginSettings { trust: nothing, ..PluginSettings::default() };
    assert_eq!(Plugins::load(vec![("b".into(), other)], settings).unwrap_err().code(), "not-allowed");
}

#[test]
fn a_text_that_is_no_allow_list_is_refused() {
    for text in ["zz", "00", &"é".repeat(32), &format!("# x\n{} a", "0".repeat(63))] {
        let message = Trust::parse_allow_list(text).unwrap_err().to_string();
        assert!(message.contains("line ") && message.contains("sha256sum"), "{message}");
    }
}

#[test]
fn a_set_needs_a_signature_of_a_trusted_key() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let (key, other) = (SecretKey::generate().unwrap(), SecretKey::generate().unwrap());
    let trust = Trust { signers: vec![other.public(), key.public()], ..Trust::default() };
    let sign = |key: &SecretKey| key.sign(&fs::read(folder.join(SET_FILE)).unwrap());
    let put = |signatures: &str| fs::write(folder.join(SIGNATURE_FILE), signatures).unwrap();

    folder::write(folder, &[("a", guest("1"))]);
    let (code, message) = refusal(folder, &trust);
    assert!(code == "not-signed" && message.contains("laneway plugin sign"), "{message}");
    put("\n");
    assert_eq!(refusal(folder, &trust).0, "not-signed");
    let stranger = SecretKey::generate().unwrap();
    for junk in ["junk", &"A".repeat(86), &sign(&stranger)] {
        put(junk);
        let (code, message) = refusal(folder, &trust);
        assert!(code == "wrong-signature" && message.contains("the set of plugins: none of its"), "{message}");
    }
    // One of several signatures is enough.
    put(&format!("{}{}", sign(&stranger), sign(&key)));
    let plugins = load(folder, &trust).unwrap();

    // The signature of the old set is none of the new one.
    folder::write(folder, &[("a", guest("2"))]);
    let error = plugins.publish_set(&PluginSet::read(folder).unwrap(), Publish::Replace).unwrap_err();
    assert_eq!(error.code(), "wrong-signature");
    put(&sign(&key));
    assert_eq!(plugins.publish_set(&PluginSet::read(folder).unwrap(), Publish::Replace).unwrap(), 2);

    // Components by themselves have no signature.
    assert_eq!(plugins.publish(vec![("a".into(), guest("1"))]).unwrap_err().code(), "not-signed");
    assert_eq!(plugins.generation(), 2);
    // Where no signature is required, none is looked at.
    put("junk");
    load(folder, &Trust::default()).unwrap();
}
