//! Sets of plugins behind handles: what was published and can be returned to, and watches that begin and end. What a
//! watch publishes is tested where folders are written, through the .NET binding and in laneway-plugin.
//!
//! SAFETY, of every call here: what is handed over lives until the call returns, and is as long as it says.

use laneway::abi::{laneway_generation_t, laneway_plugins_options_t, laneway_result_t};
use laneway::exports as c;
use laneway_plugin::SecretKey;
use sha2::{Digest as _, Sha256};

use crate::host::{Failed, Host, call, sized, text};
use crate::host_extraction::{components, handle, load};

fn publish(plugins: u64) -> u64 {
    let components = components();
    let names: Vec<_> = components.iter().map(|(name, _)| text(name.as_bytes())).collect();
    let contents: Vec<_> = components.iter().map(|(_, wasm)| text(wasm)).collect();
    let mut generation = 0;
    call(|error| unsafe {
        let count = names.len();
        c::laneway_plugins_publish(plugins, names.as_ptr(), contents.as_ptr(), count, &raw mut generation, error)
    })
    .unwrap();
    generation
}

fn roll_back(plugins: u64, to: u64) -> Result<u64, Failed> {
    let mut generation = 0;
    call(|error| unsafe { c::laneway_plugins_roll_back(plugins, to, &raw mut generation, error) })?;
    Ok(generation)
}

/// As many generations as there is room for.
fn generations(plugins: u64, room: usize) -> Result<Vec<laneway_generation_t>, usize> {
    let mut found: Vec<laneway_generation_t> = (0..room).map(|_| sized()).collect();
    let (size, mut needed) = (size_of::<laneway_generation_t>(), 0);
    let listed = call(|error| unsafe {
        c::laneway_plugins_list_generations(plugins, found.as_mut_ptr(), room, size, &raw mut needed, error)
    });
    match listed {
        Ok(()) => {
            found.truncate(needed);
            Ok(found)
        }
        Err(failed) => {
            assert_eq!(failed.code, laneway_result_t::LANEWAY_E_BUFFER_TOO_SMALL);
            Err(needed)
        }
    }
}

fn destroy(plugins: u64) {
    call(|error| unsafe { c::laneway_plugins_destroy(plugins, error) }).unwrap();
}

fn watch(plugins: u64, runtime: u64, folder: &str) -> Result<(), Failed> {
    call(|error| unsafe { c::laneway_plugins_watch(plugins, runtime, text(folder.as_bytes()), 0, error) })
}

/// As threads of musl and the calls of some bindings have; compiling takes more.
#[test]
fn a_caller_s_stack_may_be_small() {
    let components = components();
    let small = std::thread::Builder::new().stack_size(128 << 10);
    let loads = move || {
        let plugins = handle(&components);
        assert_eq!(publish(plugins), 2);
        destroy(plugins);
    };
    small.spawn(loads).unwrap().join().unwrap();
}

#[test]
fn published_generations_are_listed_and_can_be_rolled_back_to() {
    let plugins = handle(&components());
    assert_eq!(publish(plugins), 2);
    assert_eq!(roll_back(plugins, 1).unwrap(), 3);
    let listed = generations(plugins, 8).unwrap();
    let seen: Vec<_> = listed.iter().map(|one| (one.number, one.in_force, one.return_to)).collect();
    assert_eq!(seen, [(1, 0, 0), (2, 0, 0), (3, 1, 1)]);
    assert!(listed.iter().all(|one| one.plugins > 0 && one.resources >= one.plugins && one.published_at_us > 0));
    assert_eq!(generations(plugins, 2).unwrap_err(), 3, "it says how many there are");
    let failed = roll_back(plugins, 99).unwrap_err();
    assert_eq!(failed.code, laneway_result_t::LANEWAY_E_PLUGIN);
    assert!(failed.message.contains("99") && failed.message.contains('3'), "{}", failed.message);
    destroy(plugins);
}

#[test]
fn a_watch_begins_and_ends_however_often() {
    let host = Host::new();
    let plugins = handle(&components());
    watch(plugins, host.runtime(), "nowhere").unwrap();
    watch(plugins, host.runtime(), "elsewhere").unwrap();
    for _ in 0..2 {
        call(|error| unsafe { c::laneway_plugins_unwatch(plugins, error) }).unwrap();
    }
    assert_eq!(watch(plugins, 0, "nowhere").unwrap_err().code, laneway_result_t::LANEWAY_E_HANDLE);
    watch(plugins, host.runtime(), "nowhere").unwrap();
    // With its watch, and before the runtime whose log it speaks to.
    destroy(plugins);
    assert_eq!(watch(plugins, host.runtime(), "nowhere").unwrap_err().code, laneway_result_t::LANEWAY_E_CLOSED);
}

fn options() -> laneway_plugins_options_t {
    let mut options = sized();
    call(|error| unsafe { c::laneway_plugins_options_default(&raw mut options, error) }).unwrap();
    options
}

/// A component's SHA-256.
fn digits(wasm: &[u8]) -> String {
    Sha256::digest(wasm).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As `sha256sum` writes it.
fn listed(wasm: &[u8]) -> String {
    digits(wasm) + "  a.wasm\n"
}

#[test]
fn only_components_on_the_list_are_taken_at_first_and_later() {
    let components = components();
    let list: String = components.iter().map(|(_, wasm)| listed(wasm)).collect();
    let of =
        |list: &str| laneway_plugins_options_t { has_allow_list: 1, allow_list: text(list.as_bytes()), ..options() };
    let plugins = load(&components, Some(&of(&list))).unwrap();
    let other: Vec<u8> = components[0].1.iter().copied().chain([0, 2, 1, b'v']).collect();
    let (name, contents, mut generation) = (text(b"other"), text(&other), 0);
    let refused = call(|error| unsafe {
        c::laneway_plugins_publish(plugins, &raw const name, &raw const contents, 1, &raw mut generation, error)
    });
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, laneway_result_t::LANEWAY_E_PLUGIN);
    assert!(refused.message.contains("other") && refused.message.contains("list"), "{}", refused.message);
    assert_eq!(load(&components, Some(&of(""))).unwrap_err().code, laneway_result_t::LANEWAY_E_PLUGIN, "it names none");
    let wrong = load(&components, Some(&of("no digest"))).unwrap_err();
    assert_eq!(wrong.code, laneway_result_t::LANEWAY_E_ARGUMENT);
    assert!(wrong.message.contains("line 1"), "{}", wrong.message);
    let forgotten = laneway_plugins_options_t { has_allow_list: 0, ..of(&list) };
    assert_eq!(load(&components, Some(&forgotten)).unwrap_err().code, laneway_result_t::LANEWAY_E_ARGUMENT);
    destroy(plugins);
}

#[test]
fn with_trusted_keys_unsigned_plugins_are_refused() {
    let components = components();
    let pem = SecretKey::generate().unwrap().public().to_pem();
    let key = text(pem.as_bytes());
    let signed = laneway_plugins_options_t { trusted_keys: &raw const key, trusted_keys_count: 1, ..options() };
    let refused = load(&components, Some(&signed)).unwrap_err();
    assert_eq!(refused.code, laneway_result_t::LANEWAY_E_PLUGIN);
    assert!(refused.message.contains("signed"), "{}", refused.message);
    let key = text(b"no key");
    let wrong = laneway_plugins_options_t { trusted_keys: &raw const key, ..signed };
    let refused = load(&components, Some(&wrong)).unwrap_err();
    assert_eq!(refused.code, laneway_result_t::LANEWAY_E_ARGUMENT);
    assert!(refused.message.starts_with("trusted_keys[0]:"), "{}", refused.message);
}

#[test]
fn compiled_code_is_kept_where_the_caller_says() {
    let (components, folder) = (components(), tempfile::tempdir().unwrap());
    let place = folder.path().join("code");
    let place = place.to_str().unwrap();
    let kept = laneway_plugins_options_t { code_cache: text(place.as_bytes()), ..options() };
    for _ in 0..2 {
        destroy(load(&components, Some(&kept)).unwrap());
        let entries = std::fs::read_dir(place)
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "code"));
        assert_eq!(entries.count(), components.len(), "one for each, made once");
    }
    let no_folder = folder.path().join("a file");
    std::fs::write(&no_folder, "").unwrap();
    let no_folder = no_folder.to_str().unwrap();
    let wrong = laneway_plugins_options_t { code_cache: text(no_folder.as_bytes()), ..options() };
    let refused = load(&components, Some(&wrong)).unwrap_err();
    assert_eq!(refused.code, laneway_result_t::LANEWAY_E_ARGUMENT);
    assert!(refused.message.contains(no_folder), "{}", refused.message);
}

/// With a resource that the component imports and never uses, as tools add WASI's.
fn importing((name, wasm): (String, Vec<u8>)) -> (String, Vec<u8>) {
    // A section of one import: a name of four bytes, and a type that is a resource.
    let import = [&[10, 9, 1, 0, 4], &b"blob"[..], &[3, 1]].concat();
    (name, [wasm, import].concat())
}

#[test]
fn imports_that_a_folder_allows_are_taken_from_there_alone() {
    let components: Vec<_> = components().into_iter().map(importing).collect();
    let refused = load(&components, None).unwrap_err();
    assert_eq!(refused.code, laneway_result_t::LANEWAY_E_PLUGIN);
    assert!(refused.message.contains("`blob`") && refused.message.contains("--trap-imports"), "{}", refused.message);
    let folder = tempfile::tempdir().unwrap();
    let entries = components.iter().enumerate().map(|(at, (name, wasm))| {
        let file = format!("{at}.wasm");
        std::fs::write(folder.path().join(&file), wasm).unwrap();
        serde_json::json!({"name": name, "file": file, "sha256": digits(wasm), "trap_imports": true})
    });
    let set = serde_json::json!({ "plugins": entries.collect::<Vec<_>>() });
    std::fs::write(folder.path().join("plugins.json"), set.to_string()).unwrap();
    let (path, mut plugins, mut generation) = (text(folder.path().to_str().unwrap().as_bytes()), 0, 0);
    call(|error| unsafe { c::laneway_plugins_load_folder(path, std::ptr::null(), &raw mut plugins, error) }).unwrap();
    call(|error| unsafe { c::laneway_plugins_publish_folder(plugins, path, &raw mut generation, error) }).unwrap();
    assert_eq!(generation, 2);
    destroy(plugins);
}
