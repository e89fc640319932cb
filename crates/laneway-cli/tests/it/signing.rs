//! Keys, signatures, and where compiled code is kept.

use std::fs;

use laneway_plugin::{PluginSet, PluginSettings, Plugins, PublicKey, Trust};

use crate::program::{Data, run};

#[test]
fn a_signed_folder_is_loaded_by_those_who_trust_the_key() {
    let data = Data::of(10);
    let schemas = data.schemas();
    let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let path = |name: &str| data.path().join(name).to_str().unwrap().to_owned();
    let (folder, key) = (path("plugins"), path("key"));
    run(&[&["plugin", "compile"], &schemas[1..], &["-o", &folder]].concat());
    let made = run(&["plugin", "keygen", &key]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let pem = fs::read_to_string(&key).unwrap();
    run(&["plugin", "keygen", &key]).refused(2, &["does not exist yet"]);
    assert_eq!(fs::read_to_string(&key).unwrap(), pem, "a key is never written over");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&key).unwrap()) & 0o777, 0o600);

    let public = PublicKey::from_pem(&fs::read_to_string(path("key.pub")).unwrap()).unwrap();
    let load = || {
        let trust = Trust { signers: vec![public.clone()], ..Trust::default() };
        let set = PluginSet::read(folder.as_ref()).unwrap();
        Plugins::load_set(&set, PluginSettings { trust, ..PluginSettings::default() })
    };
    assert_eq!(load().unwrap_err().code(), "not-signed");
    let signed = run(&["plugin", "sign", &folder, "--key", &key]);
    assert_eq!(signed.code, Some(0), "{}", signed.err);
    load().unwrap();
    let documents = data.documents();
    let documents = documents.to_str().unwrap();
    let trusting = |key: &str| run(&["extract", "--plugins", &folder, "--trusted-key", key, documents]);
    assert_eq!(trusting(&path("key.pub")).code, Some(0));
    run(&["plugin", "keygen", &path("other")]);
    trusting(&path("other.pub")).refused(2, &["plugin sign", "signature"]);
    trusting(&key).refused(2, &["FILE.pub"]);
    run(&["plugin", "sign", &folder, "--key", &path("key.pub")]).refused(2, &["BEGIN PRIVATE KEY", "keygen"]);
}

#[test]
fn only_listed_components_are_loaded() {
    let data = Data::of(10);
    let schemas = data.schemas();
    let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let folder = data.path().join("plugins");
    run(&[&["plugin", "compile"], &schemas[1..], &["--bundle", "-o", folder.to_str().unwrap()]].concat());
    let set = fs::read_to_string(folder.join("plugins.json")).unwrap();
    let sums: Vec<&str> = set.split('"').filter(|word| word.len() == 64).collect();
    assert!(sums.len() > 1, "{set}");
    let documents = data.documents();
    let listing = |sums: &[&str]| {
        let list = data.file("list", sums.iter().map(|sum| format!("{sum}  a.wasm\n")).collect::<String>());
        let folder = folder.to_str().unwrap();
        run(&["extract", "--plugins", folder, "--allow-list", &list, documents.to_str().unwrap()])
    };
    assert_eq!(listing(&sums).code, Some(0));
    listing(&sums[1..]).refused(2, &[sums[0], "Add its SHA-256"]);
    listing(&["nonsense"]).refused(2, &["line 1 of the allow-list", "sha256sum"]);
}

#[test]
fn compiled_code_is_kept_in_the_given_folder() {
    let data = Data::of(10);
    let schemas = data.schemas();
    let schemas: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let documents = data.documents();
    let cache = data.path().join("code");
    let extract = |cache: &str| {
        run(&[&["extract", "--code-cache", cache], &schemas[..], &[documents.to_str().unwrap()]].concat())
    };
    let off = extract("off");
    assert_eq!(off.code, Some(0), "{}", off.err);
    let (first, second) = (extract(cache.to_str().unwrap()), extract(cache.to_str().unwrap()));
    assert!(first.out == off.out && second.out == off.out, "the same with and without");
    assert!(fs::read_dir(&cache).unwrap().count() > 1, "a key and code");
    // A folder that is open to others is no place for code.
    #[cfg(unix)]
    {
        let open = data.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        extract(open.to_str().unwrap()).refused(2, &["others have access", "--code-cache off"]);
    }
}
