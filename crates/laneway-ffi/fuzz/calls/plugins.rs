//! Calls about sets of plugins.
//!
//! SAFETY, of every call here: what is handed over lives until the call returns, and is as long as it states.

use std::ptr::null;

use arbitrary::{Result, Unstructured};
use laneway::abi::{
    laneway_error_t, laneway_generation_t, laneway_plugins_options_t, laneway_result_t, laneway_text_t,
};
use laneway::exports as c;

use super::memory::{Sized, number, text, zeroed};
use super::{World, lock};

impl World {
    fn plugins_options(bytes: &mut Unstructured<'_>, keys: &[laneway_text_t]) -> Result<Sized> {
        let mut options: laneway_plugins_options_t = zeroed();
        if bytes.ratio(1, 3)? {
            (options.has_allow_list, options.allow_list) = (number(bytes)? as u32, text(bytes)?);
            (options.trusted_keys, options.trusted_keys_count) = (keys.as_ptr(), keys.len());
        }
        Sized::of(&options, bytes)
    }

    pub(super) fn load(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let texts = [text(bytes)?, text(bytes)?, text(bytes)?, text(bytes)?];
        let (names, components) = texts.split_at(2);
        let keys = &texts[..bytes.int_in_range(0..=1)?];
        let options = Self::plugins_options(bytes, keys)?;
        let options = if bytes.ratio(1, 2)? { null() } else { options.ptr() };
        // None at all is a set as well.
        let count = if bytes.ratio(1, 2)? { 0 } else { bytes.int_in_range(0..=2)? };
        let (names, components) = (names.as_ptr(), components.as_ptr());
        let mut plugins = 0;
        let result = match bytes.int_in_range(0..=5)? {
            0 => unsafe { c::laneway_plugins_load_schemas(names, components, count, options, &raw mut plugins, error) },
            1 => unsafe { c::laneway_plugins_load_folder(texts[0], options, &raw mut plugins, error) },
            _ => unsafe { c::laneway_plugins_load(names, components, count, options, &raw mut plugins, error) },
        };
        assert_eq!(plugins == 0, result != laneway_result_t::LANEWAY_OK);
        if plugins != 0 {
            lock(&self.plugins).push(plugins);
        }
        Ok(())
    }

    pub(super) fn of_plugins(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let plugins = Self::any(&self.plugins, bytes)?;
        let (name, component, mut generation) = (text(bytes)?, text(bytes)?, 0);
        match bytes.int_in_range(0..=4)? {
            0 => unsafe {
                let count = bytes.int_in_range(0..=1)?;
                c::laneway_plugins_publish(
                    plugins,
                    &raw const name,
                    &raw const component,
                    count,
                    &raw mut generation,
                    error,
                )
            },
            1 => unsafe { c::laneway_plugins_publish_folder(plugins, name, &raw mut generation, error) },
            2 => unsafe { c::laneway_plugins_roll_back(plugins, number(bytes)?, &raw mut generation, error) },
            3 => unsafe { c::laneway_plugins_get_generation(plugins, &raw mut generation, error) },
            _ => unsafe { c::laneway_plugins_unwatch(plugins, error) },
        };
        Ok(())
    }

    pub(super) fn watch(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let (plugins, runtime) = (Self::any(&self.plugins, bytes)?, Self::any(&self.runtimes, bytes)?);
        unsafe { c::laneway_plugins_watch(plugins, runtime, text(bytes)?, number(bytes)? as u32, error) };
        Ok(())
    }

    pub(super) fn list(&self, bytes: &mut Unstructured<'_>, error: *mut laneway_error_t) -> Result<()> {
        let (plugins, mut needed) = (Self::any(&self.plugins, bytes)?, 0);
        let (count, stride) = (bytes.int_in_range(0..=6)?, size_of::<laneway_generation_t>());
        let mut memory = vec![0_u8; count * stride];
        (0..count).for_each(|at| memory[at * stride..][..4].copy_from_slice(&(stride as u32).to_ne_bytes()));
        let first = memory.as_mut_ptr();
        if bytes.ratio(1, 2)? {
            unsafe {
                c::laneway_plugins_list_generations(plugins, first.cast(), count, stride, &raw mut needed, error)
            };
        } else {
            unsafe { c::laneway_plugins_list_resources(plugins, first, memory.len(), &raw mut needed, error) };
        }
        Ok(())
    }
}
