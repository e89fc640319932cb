//! Gaps of a connection string, filled from its defaults. A list of setters, since the driver has no generic one.

use std::str::FromStr as _;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::error::{ConfigError, chain};
use crate::parameters::{self, Parameter};

/// Sets what the connection string left open; the first default of a key counts.
///
/// # Errors
/// When a default cannot be used.
pub(crate) fn gaps(config: &mut Config, defaults: &[Parameter]) -> Result<(), ConfigError> {
    let mut filled: Vec<&str> = Vec::new();
    let mut text = String::new();
    for (key, value) in defaults {
        if is_open(config, key) && !filled.contains(&key.as_str()) {
            filled.push(key);
            text.push_str(&format!("{key}={} ", parameters::quoted(value)));
        }
    }
    let found = Config::from_str(&text).map_err(|error| {
        ConfigError::new(chain(&error)).within("a service or the environment (PGHOST, PGPORT, …) cannot be used")
    })?;
    merge(config, &found);
    Ok(())
}

/// Whether the driver knows the key and the connection string leaves it open.
fn is_open(config: &Config, key: &str) -> bool {
    match key {
        "host" | "hostaddr" => config.get_hosts().is_empty() && config.get_hostaddrs().is_empty(),
        "port" => config.get_ports().is_empty(),
        "dbname" => config.get_dbname().is_none(),
        "user" => config.get_user().is_none(),
        "password" => config.get_password().is_none(),
        "application_name" => config.get_application_name().is_none(),
        "options" => config.get_options().is_none(),
        "connect_timeout" => config.get_connect_timeout().is_none(),
        _ => false,
    }
}

fn merge(config: &mut Config, found: &Config) {
    for host in found.get_hosts() {
        match host {
            Host::Tcp(host) => config.host(host),
            #[cfg(unix)]
            Host::Unix(folder) => config.host_path(folder),
        };
    }
    for address in found.get_hostaddrs() {
        config.hostaddr(*address);
    }
    for port in found.get_ports() {
        config.port(*port);
    }
    if let Some(name) = found.get_dbname() {
        config.dbname(name);
    }
    if let Some(user) = found.get_user() {
        config.user(user);
    }
    if let Some(password) = found.get_password() {
        config.password(password);
    }
    if let Some(name) = found.get_application_name() {
        config.application_name(name);
    }
    if let Some(options) = found.get_options() {
        config.options(options);
    }
    if let Some(timeout) = found.get_connect_timeout() {
        config.connect_timeout(*timeout);
    }
}
