//! Plugins: load, publish, look at, destroy.
//!
//! SAFETY, of every block here: callers keep the contract that the header states for each function.

use std::path::Path;

use laneway_plugin::PluginSet;

use crate::abi::{
    laneway_error_t, laneway_generation_t, laneway_plugins_options_t, laneway_plugins_t, laneway_result_t,
    laneway_runtime_t, laneway_text_t,
};
use crate::failure::Failure;
use crate::guard;
use crate::plugins::{self, Components};
use crate::registry::PLUGINS;
use crate::versioned::{check_stride, put, put_text, sized, slice, write, write_sized};

use super::runtime_of;

/// Writes the defaults into `options`, whose `struct_size` says how far. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_options_default(
    options: *mut laneway_plugins_options_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe { guard::call(error, || write(&sized(), options)) }
}

/// Loads components that are in memory and writes the set's handle to `plugins`: `names` and `components` have `count`
/// elements each. Where two claim a resource, the later one has it. `options` NULL: the defaults; they hold for what is
/// published in the set too. Compiles, so it takes seconds. Any thread.
/// Fails with LANEWAY_E_PLUGIN, which names the first component that cannot be taken; then nothing is loaded. Fails
/// with LANEWAY_E_ARGUMENT where an option cannot be used, such as a folder for compiled code that is open to others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_load(
    names: *const laneway_text_t,
    components: *const laneway_text_t,
    count: usize,
    options: *const laneway_plugins_options_t,
    plugins: *mut laneway_plugins_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe { guard::call(error, || load(options, plugins, || Ok(named(names, components, count)?.into()))) }
}

/// As laneway_plugins_load, from a folder that `laneway plugin compile` wrote. A folder that is not whole is refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_load_folder(
    folder: laneway_text_t,
    options: *const laneway_plugins_options_t,
    plugins: *mut laneway_plugins_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe { guard::call(error, || load(options, plugins, || plugins::read_folder(Path::new(folder.text("folder")?)))) }
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
    unsafe {
        guard::call(error, || load(options, plugins, || Ok(plugins::compile(&named(names, schemas, count)?)?.into())))
    }
}

/// Replaces plugins while operations run, and writes the new generation's number to `generation`: every resource that
/// the components claim goes to them, all at once; operations accepted before end with the plugins of their time.
/// Compiles, so it takes seconds, during which nothing changes. Any thread; one publish at a time.
/// Fails with LANEWAY_E_PLUGIN, which names the first component that cannot be taken; then nothing has changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_publish(
    plugins: laneway_plugins_t,
    names: *const laneway_text_t,
    components: *const laneway_text_t,
    count: usize,
    generation: *mut u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            put(generation, 0, "generation")?;
            put(generation, plugins::publish(plugins, &named(names, components, count)?.into())?, "generation")
        })
    }
}

/// As laneway_plugins_publish, from a folder that `laneway plugin compile` wrote.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_publish_folder(
    plugins: laneway_plugins_t,
    folder: laneway_text_t,
    generation: *mut u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            put(generation, 0, "generation")?;
            let set = plugins::read_folder(Path::new(folder.text("folder")?))?;
            put(generation, plugins::publish(plugins, &set)?, "generation")
        })
    }
}

/// Watches a folder, which may not be there yet, until laneway_plugins_unwatch or laneway_plugins_destroy: whenever its
/// `plugins.json` names a new set, the set is read whole, checked, and published as all there is; resources that it
/// does not have are not served any more. Writers put the components in place first and rename `plugins.json` there
/// last, as `laneway plugin compile` does. What laneway_plugins_load_folder read there is not published again. The
/// folder is also looked at every `poll_interval_ms`, for systems that do not tell of changes; 0: every two seconds.
/// What comes of it is told in `runtime`'s log. A set has one watch: another call ends the one before.
/// Any thread. Fails with LANEWAY_E_SYSTEM when there is no thread for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_watch(
    plugins: laneway_plugins_t,
    runtime: laneway_runtime_t,
    folder: laneway_text_t,
    poll_interval_ms: u32,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            let folder = Path::new(folder.text("folder")?);
            plugins::watch(plugins, &runtime_of(runtime)?.dispatch, folder, poll_interval_ms)
        })
    }
}

/// Ends the watch of a set; after it nothing more is published. Waits for a publish that is under way, which may take
/// seconds. Any thread. A second call does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_unwatch(
    plugins: laneway_plugins_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe { guard::call(error, || plugins::unwatch(plugins)) }
}

/// Returns to a generation that is kept (laneway_plugins_list_generations lists them): its plugins are in force again,
/// all at once and without compiling, as a new generation whose number is written to `new_generation`. Operations
/// accepted before end with the plugins of their time. Any thread.
/// Fails with LANEWAY_E_PLUGIN when it is not kept any more; the message names those that are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_roll_back(
    plugins: laneway_plugins_t,
    generation: u64,
    new_generation: *mut u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            put(new_generation, 0, "new_generation")?;
            put(new_generation, plugins::roll_back(plugins, generation)?, "new_generation")
        })
    }
}

/// Writes the generations that can be returned to, the oldest first and the one in force last, to `generations` (room
/// for `count`, each of `elem_size` = sizeof(laneway_generation_t)), and how many there are to `needed`. Any thread.
/// Fails with LANEWAY_E_BUFFER_TOO_SMALL when there is room for fewer; then nothing but `needed` is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_list_generations(
    plugins: laneway_plugins_t,
    generations: *mut laneway_generation_t,
    count: usize,
    elem_size: usize,
    needed: *mut usize,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            check_stride::<laneway_generation_t>(elem_size)?;
            let found = plugins::get(plugins)?.plugins.generations();
            put(needed, found.len(), "needed")?;
            if generations.is_null() || count < found.len() {
                let what = format!("generations has room for {count}, {} are needed", found.len());
                return Err(Failure::new(laneway_result_t::LANEWAY_E_BUFFER_TOO_SMALL, what));
            }
            for (at, info) in found.iter().enumerate() {
                let place = generations.cast::<u8>().add(at * elem_size);
                write_sized(&plugins::generation_to_c(info, elem_size), place, elem_size);
            }
            Ok(())
        })
    }
}

/// Writes the number of the published generation to `generation`. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_get_generation(
    plugins: laneway_plugins_t,
    generation: *mut u64,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe { guard::call(error, || put(generation, plugins::get(plugins)?.plugins.generation(), "generation")) }
}

/// Writes the resources that are served, as lines `project/endpoint` in order, ended by a NUL, into `buffer` of `size`
/// bytes, and the bytes needed to `needed`. Any thread. Fails with LANEWAY_E_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_list_resources(
    plugins: laneway_plugins_t,
    buffer: *mut u8,
    size: usize,
    needed: *mut usize,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || {
            let resources = plugins::get(plugins)?.plugins.resources();
            let mut lines: Vec<String> =
                resources.iter().map(|one| format!("{}/{}\n", one.project_endpoint, one.endpoint)).collect();
            lines.sort_unstable();
            put_text(&lines.concat(), buffer, size, needed)
        })
    }
}

/// Destroys a set's handle and ends its watch without waiting; stores that use the set keep it. Any thread. A second
/// destroy does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn laneway_plugins_destroy(
    plugins: laneway_plugins_t,
    error: *mut laneway_error_t,
) -> laneway_result_t {
    unsafe {
        guard::call(error, || match PLUGINS.remove(plugins) {
            Err(crate::handles::Unknown::Never) => plugins::get(plugins).map(drop),
            _ => Ok(()),
        })
    }
}

/// # Safety
/// As the header says of the callers' pointers.
unsafe fn load(
    options: *const laneway_plugins_options_t,
    handle: *mut laneway_plugins_t,
    set: impl FnOnce() -> Result<PluginSet, Failure>,
) -> Result<(), Failure> {
    // SAFETY (all of them): the caller's.
    unsafe { put(handle, 0, "plugins")? };
    let settings = unsafe { plugins::options::settings(options)? };
    let loaded = plugins::load(&set()?, settings)?;
    unsafe { put(handle, loaded, "plugins") }
}

/// Copies two arrays of texts into pairs.
///
/// # Safety
/// Both have `count` elements.
unsafe fn named(
    names: *const laneway_text_t,
    contents: *const laneway_text_t,
    count: usize,
) -> Result<Components, Failure> {
    // SAFETY: the caller's.
    let (names, contents) = unsafe { (slice(names, count, "names")?, slice(contents, count, "contents")?) };
    let pairs = names.iter().zip(contents);
    pairs
        .map(|(name, content)| {
            // SAFETY: the caller's.
            let content = unsafe { content.bytes() }.ok_or_else(|| Failure::argument("a content's ptr is NULL"))?;
            Ok((unsafe { name.text("name")? }.to_owned(), content.to_vec()))
        })
        .collect()
}
