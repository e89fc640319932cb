//! Npgsql's words and values as libpq's.

use super::form::{Form, unknown};
use super::written::{Parameter, Written};
use crate::error::ConfigError;
use crate::words::{self, Treatment, Word};

/// Translates them.
///
/// # Errors
/// When a word is not known, or refused with its value.
pub(super) fn translated(written: &[Written]) -> Result<Vec<Parameter>, ConfigError> {
    let mut known = Vec::new();
    for (number, item) in written.iter().enumerate() {
        let word = words::npgsql(&item.key).ok_or_else(|| unknown(Form::Semicolons, number, item))?;
        // An empty value takes a word back, as in ADO.NET.
        known.retain(|(other, _): &(&Word, String)| other.name != word.name);
        if !item.value.is_empty() {
            known.push((word, item.value.clone()));
        }
    }
    let mut translated = Vec::new();
    let mut hosts = None;
    for (word, value) in known {
        match word.treatment {
            Treatment::Means("host") => hosts = Some(value),
            Treatment::Means(name) => {
                let value = translate(word, &value)?;
                translated.extend(value.map(|value| Parameter { word: libpq(name), name: word.name, value }));
            }
            _ => translated.push(Parameter { word, name: word.name, value: value.to_ascii_lowercase() }),
        }
    }
    // Last, as a host's own port counts for more than `Port`.
    if let Some(hosts) = hosts {
        translate_hosts(&mut translated, &hosts)?;
    }
    Ok(translated)
}

fn libpq(name: &str) -> &'static Word {
    words::libpq(name).expect("the table of Npgsql's words names libpq's")
}

/// The value in libpq's spelling; `None`: the word says nothing.
fn translate(word: &'static Word, value: &str) -> Result<Option<String>, ConfigError> {
    let lower = value.to_ascii_lowercase();
    Ok(Some(match word.name {
        "SSL Mode" => match lower.as_str() {
            "verifyca" => "verify-ca".to_owned(),
            "verifyfull" => "verify-full".to_owned(),
            _ => lower,
        },
        "SSL Negotiation" | "Channel Binding" | "GSS Encryption Mode" => lower,
        "Target Session Attributes" => match lower.as_str() {
            "prefer-primary" | "preferprimary" => "primary".to_owned(),
            "readwrite" => "read-write".to_owned(),
            _ => lower,
        },
        "Load Balance Hosts" => if flag(word, &lower)? { "random" } else { "disable" }.to_owned(),
        // Off is Npgsql's own default, and no reason to go without.
        "TCP Keepalive" => return Ok(flag(word, &lower)?.then(|| "1".to_owned())),
        "Keepalive" if lower == "0" => return Ok(None),
        _ => value.to_owned(),
    }))
}

fn flag(word: &Word, value: &str) -> Result<bool, ConfigError> {
    match value {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err(ConfigError::new(format!("`{}` is neither true nor false", word.name))),
    }
}

/// Hosts, each of which may have a port; those without have the one that `Port` names.
fn translate_hosts(translated: &mut Vec<Parameter>, value: &str) -> Result<(), ConfigError> {
    let hosts: Vec<(&str, Option<&str>)> = value.split(',').map(|host| name_and_port(host.trim())).collect();
    let names: Vec<&str> = hosts.iter().map(|(name, _)| *name).collect();
    if hosts.iter().any(|(_, own)| own.is_some()) {
        let at = translated.iter().position(|parameter| parameter.word.name == "port");
        let port = at.map_or_else(String::new, |at| translated.remove(at).value);
        if port.contains(',') {
            return Err(ConfigError::new("`Port` is one number; other ports stand behind their hosts"));
        }
        let ports: Vec<&str> = hosts.iter().map(|(_, own)| own.unwrap_or(&port)).collect();
        translated.push(Parameter { word: libpq("port"), name: "Host", value: ports.join(",") });
    }
    translated.push(Parameter { word: libpq("host"), name: "Host", value: names.join(",") });
    Ok(())
}

/// `host:5432`, `[::1]:5432`, or without a port. An IPv6 address without brackets has none, nor has a folder.
fn name_and_port(host: &str) -> (&str, Option<&str>) {
    if let Some((address, behind)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (address, behind.strip_prefix(':'));
    }
    match host.split_once(':') {
        Some((name, port)) if !port.contains(':') && !host.starts_with('/') => (name, Some(port)),
        _ => (host, None),
    }
}
