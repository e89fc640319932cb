//! How a caller wants plugins to be loaded: who vouches for them, where their code is kept.

use std::path::Path;

use laneway_plugin::{CODE_CACHE_BYTES_MAX, CodeCache, PluginSettings, PublicKey, Trust};

use crate::abi::laneway_plugins_options_t;
use crate::failure::Failure;
use crate::versioned::{read_over, sized, slice};

/// The settings at `place`, or the defaults where there are none. Opens the folder for compiled code.
///
/// # Safety
/// As for [`read_over`]; texts and arrays are as long as they say.
pub(crate) unsafe fn settings(place: *const laneway_plugins_options_t) -> Result<PluginSettings, Failure> {
    if place.is_null() {
        return Ok(PluginSettings::default());
    }
    // SAFETY (all of them): the caller's.
    let options = unsafe { read_over(sized::<laneway_plugins_options_t>(), place)? };
    let keys = unsafe { slice(options.trusted_keys, options.trusted_keys_count, "trusted_keys")? };
    let signers = keys.iter().enumerate().map(|(at, pem)| {
        PublicKey::from_pem(unsafe { pem.text("trusted_keys")? })
            .map_err(|error| Failure::argument(format!("trusted_keys[{at}]: {error}")))
    });
    let allow_list = unsafe { options.allow_list.text("allow_list")? };
    let allowed = match options.has_allow_list {
        0 if allow_list.is_empty() => None,
        0 => return Err(Failure::argument("allow_list is given, and has_allow_list is 0")),
        1 => Some(Trust::parse_allow_list(allow_list).map_err(|error| Failure::argument(error.to_string()))?),
        other => return Err(Failure::argument(format!("has_allow_list is {other}, not 0 or 1"))),
    };
    let trust = Trust { allowed, signers: signers.collect::<Result<_, _>>()? };
    let code_cache = match unsafe { options.code_cache.text("code_cache")? } {
        "" => None,
        folder => {
            let opened = CodeCache::open(Path::new(folder), CODE_CACHE_BYTES_MAX);
            Some(opened.map_err(|error| Failure::argument(error.to_string()))?)
        }
    };
    Ok(PluginSettings { trust, code_cache, ..PluginSettings::default() })
}
