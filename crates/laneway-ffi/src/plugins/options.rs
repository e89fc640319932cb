//! How a caller wants plugins to be loaded: whom it trusts, where compiled code is kept.

use std::path::Path;

use laneway_plugin::{CODE_CACHE_BYTES_MAX, CodeCache, PluginSettings, PublicKey, Trust};

use crate::abi::laneway_plugins_options_t;
use crate::arguments::{In, Text, Texts};
use crate::failure::Failure;
use crate::versioned::sized;

/// The caller's settings, or the defaults where it hands NULL over. Opens the folder for compiled code.
pub(crate) fn settings(options: &In<laneway_plugins_options_t>) -> Result<PluginSettings, Failure> {
    let options = options.read_or(sized())?;
    // SAFETY: what the options point to is vouched for with them.
    let keys = unsafe { Texts::new(options.trusted_keys, options.trusted_keys_count) };
    let signers = keys.get("trusted_keys")?.iter().enumerate().map(|(at, pem)| {
        PublicKey::from_pem(pem.text("trusted_keys")?)
            .map_err(|error| Failure::argument(format!("trusted_keys[{at}]: {error}")))
    });
    // SAFETY: as above.
    let [allow_list, code_cache] = [&options.allow_list, &options.code_cache].map(|text| unsafe { Text::of(text) });
    let allow_list = allow_list.text("allow_list")?;
    let allowed = match options.has_allow_list {
        0 if allow_list.is_empty() => None,
        0 => return Err(Failure::argument("allow_list is given, and has_allow_list is 0")),
        1 => Some(Trust::parse_allow_list(allow_list).map_err(|error| Failure::argument(error.to_string()))?),
        other => return Err(Failure::argument(format!("has_allow_list is {other}, not 0 or 1"))),
    };
    let trust = Trust { allowed, signers: signers.collect::<Result<_, _>>()? };
    let code_cache = match code_cache.text("code_cache")? {
        "" => None,
        folder => {
            let opened = CodeCache::open(Path::new(folder), CODE_CACHE_BYTES_MAX);
            Some(opened.map_err(|error| Failure::argument(error.to_string()))?)
        }
    };
    Ok(PluginSettings { trust, code_cache, ..PluginSettings::default() })
}
