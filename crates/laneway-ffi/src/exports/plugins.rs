//! Sets of plugins: load, publish, look at, destroy.

use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use laneway_plugin::{GenerationInfo, PluginSet};

use crate::abi::{
    laneway_error_t, laneway_generation_t, laneway_plugins_options_t, laneway_plugins_t, laneway_result_t,
    laneway_runtime_t, laneway_text_t,
};
use crate::arguments::{Buffer, In, Out, Slots, Text, Texts};
use crate::catch_panic::call;
use crate::failure::Failure;
use crate::limits::micros;
use crate::own_stack::on_own_stack;
use crate::plugins::{self, Components, PluginsHandle};
use crate::versioned::sized;

use super::registry::{PLUGINS, plugins_of, runtime_of, unless_destroyed};

/// Writes the defaults into `options`, as far as its `struct_size` goes.
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_options_default(
    options: *mut laneway_plugins_options_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: callers keep what the header demands of pointers, here and in all exports.
    let (options, error) = unsafe { (Out::new(options), Out::new(error)) };
    call(error, || options.write(&sized()))
}

/// Loads components that are in memory and writes the set's handle to `plugins`: `names` and `components` have `count`
/// elements each. Where two claim a resource, the later one has it. `options` NULL: the defaults; they hold for what is
/// published in the set too.
/// Fails with LANEWAY_E_PLUGIN, which names the first component that cannot be used; LANEWAY_E_ARGUMENT where an option
/// cannot be used, such as a folder for compiled code that is open to others; LANEWAY_E_ABI; LANEWAY_E_SYSTEM (too many
/// sets, or no thread or memory for one). Then `plugins` is 0, and nothing is loaded.
/// Safe to call from several threads. Blocks while it compiles, which takes seconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_load(
    names: *const laneway_text_t,
    components: *const laneway_text_t,
    count: usize,
    options: *const laneway_plugins_options_t,
    plugins: *mut laneway_plugins_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (names, components) = unsafe { (Texts::new(names, count), Texts::new(components, count)) };
    // SAFETY: as above.
    let (options, plugins, error) = unsafe { (In::new(options), Out::new(plugins), Out::new(error)) };
    call(error, || {
        load(&options, &plugins, || {
            let components = named(&names, &components)?;
            Ok(move || Ok(components.into()))
        })
    })
}

/// As laneway_plugins_load, from a folder that `laneway plugin compile` wrote. A folder that is not whole is refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_load_folder(
    folder: laneway_text_t,
    options: *const laneway_plugins_options_t,
    plugins: *mut laneway_plugins_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (folder, options) = unsafe { (Text::of(&folder), In::new(options)) };
    // SAFETY: as above.
    let (plugins, error) = unsafe { (Out::new(plugins), Out::new(error)) };
    call(error, || {
        load(&options, &plugins, || {
            let folder = folder.text("folder")?.to_owned();
            Ok(move || plugins::read_folder(Path::new(&folder)))
        })
    })
}

/// As laneway_plugins_load, from ApiSchema files that are in memory, the core's and its extensions' together: `names`
/// (for messages) and `schemas` have `count` elements each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_load_schemas(
    names: *const laneway_text_t,
    schemas: *const laneway_text_t,
    count: usize,
    options: *const laneway_plugins_options_t,
    plugins: *mut laneway_plugins_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (names, schemas) = unsafe { (Texts::new(names, count), Texts::new(schemas, count)) };
    // SAFETY: as above.
    let (options, plugins, error) = unsafe { (In::new(options), Out::new(plugins), Out::new(error)) };
    call(error, || {
        load(&options, &plugins, || {
            let schemas = named(&names, &schemas)?;
            Ok(move || Ok(plugins::compile(&schemas)?.into()))
        })
    })
}

/// Replaces plugins while operations run, and writes the new generation's number to `generation`: every resource that
/// the components claim goes to them, all at once; operations accepted before end with the plugins of their time. One
/// publish of a set runs at a time.
/// Fails with LANEWAY_E_PLUGIN, which names the first component that cannot be used; LANEWAY_E_ARGUMENT;
/// LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed); LANEWAY_E_SYSTEM (no memory). Then `generation` is 0, and nothing has
/// changed.
/// Safe to call from several threads. Blocks while it compiles, which takes seconds, and while another publish runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_publish(
    plugins: laneway_plugins_t,
    names: *const laneway_text_t,
    components: *const laneway_text_t,
    count: usize,
    generation: *mut u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (names, components) = unsafe { (Texts::new(names, count), Texts::new(components, count)) };
    // SAFETY: as above.
    let (generation, error) = unsafe { (Out::new(generation), Out::new(error)) };
    call(error, || {
        publish(plugins, &generation, |set| {
            let components = named(&names, &components)?;
            on_own_stack(|| set.publish(&components.into()))
        })
    })
}

/// As laneway_plugins_publish, from a folder that `laneway plugin compile` wrote.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_publish_folder(
    plugins: laneway_plugins_t,
    folder: laneway_text_t,
    generation: *mut u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (folder, generation, error) = unsafe { (Text::of(&folder), Out::new(generation), Out::new(error)) };
    call(error, || {
        publish(plugins, &generation, |set| {
            let folder = Path::new(folder.text("folder")?);
            on_own_stack(|| set.publish(&plugins::read_folder(folder)?))
        })
    })
}

/// Watches a folder, which may not be there yet, until laneway_plugins_unwatch or laneway_plugins_destroy: whenever its
/// `plugins.json` names a new set, the set is read whole, checked, and published as all there is; resources that it
/// does not have are not served any more. Writers put the components into the folder first and rename `plugins.json`
/// into it last, as `laneway plugin compile` does. What laneway_plugins_load_folder read there is not published again.
/// The folder is also looked at every `poll_interval_ms`, for systems that do not report changes; 0: every two seconds.
/// The results are written to `runtime`'s log. A set has one watch: another call ends the one before.
/// Fails with LANEWAY_E_SYSTEM (no thread); LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads. Blocks while a publish of the watch before runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_watch(
    plugins: laneway_plugins_t,
    runtime: laneway_runtime_t,
    folder: laneway_text_t,
    poll_interval_ms: u32,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (folder, error) = unsafe { (Text::of(&folder), Out::new(error)) };
    call(error, || {
        let folder = Path::new(folder.text("folder")?);
        plugins_of(plugins)?.watch(folder, poll_interval_ms, runtime_of(runtime)?.dispatch.clone())
    })
}

/// Ends the watch of a set; after it nothing more is published. A second call does nothing.
/// Fails with LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads. Blocks while a publish of the watch runs, which may take seconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_unwatch(
    plugins: laneway_plugins_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || {
        plugins_of(plugins)?.unwatch();
        Ok(())
    })
}

/// Returns to a generation that is kept (laneway_plugins_list_generations lists them): its plugins are in force again,
/// all at once and without compiling, as a new generation whose number is written to `new_generation`. Operations
/// accepted before end with the plugins of their time.
/// Fails with LANEWAY_E_PLUGIN when it is not kept any more, and names those that are; LANEWAY_E_HANDLE;
/// LANEWAY_E_CLOSED (destroyed). Then `new_generation` is 0, and nothing has changed.
/// Safe to call from several threads. Blocks while a publish runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_roll_back(
    plugins: laneway_plugins_t,
    generation: u64,
    new_generation: *mut u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (new_generation, error) = unsafe { (Out::new(new_generation), Out::new(error)) };
    call(error, || publish(plugins, &new_generation, |set| set.roll_back(generation)))
}

/// Writes the generations that can be returned to, the oldest first and the one in force last, to `generations` (room
/// for `count`, each of `elem_size` = sizeof(laneway_generation_t)), and how many there are to `needed`.
/// Fails with LANEWAY_E_BUFFER_TOO_SMALL when there is room for fewer (then only `needed` is written);
/// LANEWAY_E_ARGUMENT; LANEWAY_E_ABI; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_list_generations(
    plugins: laneway_plugins_t,
    generations: *mut laneway_generation_t,
    count: usize,
    elem_size: usize,
    needed: *mut usize,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let generations = unsafe { Slots::new(generations, count, elem_size) };
    // SAFETY: as above.
    let (needed, error) = unsafe { (Out::new(needed), Out::new(error)) };
    call(error, || {
        let room = generations.count()?;
        let found = plugins_of(plugins)?.plugins.generations();
        needed.put(found.len(), "needed")?;
        if room < found.len() {
            return Err(Failure::too_small("generations", room, found.len()));
        }
        found.iter().enumerate().for_each(|(at, info)| generations.put(at, &generation_to_c(info)));
        Ok(())
    })
}

/// Writes the number of the published generation to `generation`.
/// Fails with LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_get_generation(
    plugins: laneway_plugins_t,
    generation: *mut u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (generation, error) = unsafe { (Out::new(generation), Out::new(error)) };
    call(error, || generation.put(plugins_of(plugins)?.plugins.generation(), "generation"))
}

/// Writes the resources that are served, as lines `project/endpoint` in order, ended by a NUL, into `buffer` of `size`
/// bytes, and the bytes needed to `needed`.
/// Fails with LANEWAY_E_BUFFER_TOO_SMALL (then only `needed` is written); LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE;
/// LANEWAY_E_CLOSED (destroyed).
/// Safe to call from several threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_list_resources(
    plugins: laneway_plugins_t,
    buffer: *mut u8,
    size: usize,
    needed: *mut usize,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let (buffer, needed, error) = unsafe { (Buffer::new(buffer, size), Out::new(needed), Out::new(error)) };
    call(error, || {
        let resources = plugins_of(plugins)?.plugins.resources();
        let mut lines: Vec<String> =
            resources.iter().map(|one| format!("{}/{}\n", one.project_endpoint, one.endpoint)).collect();
        lines.sort_unstable();
        buffer.put_text(&lines.concat(), &needed)
    })
}

/// Destroys a set's handle and ends its watch; stores that use the set keep it. A second destroy does nothing.
/// Fails with LANEWAY_E_HANDLE.
/// Safe to call from several threads. Never blocks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_destroy(
    plugins: laneway_plugins_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    // SAFETY: as above.
    let error = unsafe { Out::new(error) };
    call(error, || match PLUGINS.remove(plugins) {
        Ok(_) => Ok(()),
        Err(_) => unless_destroyed(plugins_of(plugins)).map(drop),
    })
}

/// Loads a set and writes its handle. `given` copies what the caller has given, from which the set is made.
fn load<S: FnOnce() -> Result<PluginSet, Failure> + Send>(
    options: &In<laneway_plugins_options_t>,
    handle: &Out<laneway_plugins_t>,
    given: impl FnOnce() -> Result<S, Failure>,
) -> Result<(), Failure> {
    handle.put(0, "plugins")?;
    // The options first: what they refuse need not be read or compiled.
    let settings = plugins::settings(options)?;
    let set = given()?;
    let loaded = on_own_stack(|| PluginsHandle::load(&set()?, settings))?;
    let loaded = PLUGINS.insert(Arc::new(loaded)).ok_or_else(|| Failure::too_many("sets of plugins"))?;
    handle.put(loaded, "plugins")
}

/// Puts plugins in force and writes the new generation's number.
fn publish(
    handle: laneway_plugins_t,
    generation: &Out<u64>,
    publish: impl FnOnce(&PluginsHandle) -> Result<u64, Failure>,
) -> Result<(), Failure> {
    generation.put(0, "generation")?;
    let set = plugins_of(handle)?;
    generation.put(publish(&set)?, "generation")
}

/// Copies two arrays of texts into pairs.
fn named(names: &Texts, contents: &Texts) -> Result<Components, Failure> {
    let pairs = names.get("names")?.iter().zip(contents.get("contents")?);
    pairs.map(|(name, content)| Ok((name.text("name")?.to_owned(), content.bytes("content")?.to_vec()))).collect()
}

fn generation_to_c(info: &GenerationInfo) -> laneway_generation_t {
    let published_at = info.published_at.duration_since(UNIX_EPOCH).unwrap_or_default();
    laneway_generation_t {
        in_force: info.is_in_force.into(),
        number: info.number,
        return_to: info.return_to.unwrap_or(0),
        published_at_us: micros(published_at),
        plugins: info.plugins as u64,
        resources: info.resources as u64,
        ..sized()
    }
}
