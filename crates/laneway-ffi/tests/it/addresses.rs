//! How the C ABI reads the database's address: as the program does, and without a password in its messages.
//!
//! SAFETY, of every call here: what is handed over lives until the call returns, and is as long as it states.

use laneway::abi::{laneway_result_t, laneway_store_options_t};
use laneway::exports as c;

use crate::host::{Failed, Host, call, sized, text};

fn check(address: &str) -> Result<(), Failed> {
    let mut options: laneway_store_options_t = sized();
    call(|error| unsafe { c::laneway_store_options_default(&raw mut options, error) })?;
    options.database = text(address.as_bytes());
    call(|error| unsafe { c::laneway_store_options_check(&raw const options, error) })
}

#[test]
fn each_form_is_read_and_what_is_refused_is_named() {
    for address in
        ["postgres://u:p@h/d?sslmode=require", "host=h user=u", "Host=h;SSL Mode=Require;Max Auto Prepare=20"]
    {
        check(address).unwrap();
    }
    for (address, message) in [
        ("host=h gssencmode=require", "`gssencmode`"),
        ("Host=h;Target Session Attributes=standby", "`Target Session Attributes`"),
        ("Host=h;Frobnicate=1", "`Frobnicate` is no setting"),
        ("", "names no host"),
    ] {
        let failed = check(address).expect_err(address);
        assert_eq!(failed.code, laneway_result_t::LANEWAY_E_ARGUMENT, "{address}");
        assert!(failed.message.contains(message), "{address}: {}", failed.message);
    }
}

#[test]
fn no_message_shows_a_password() {
    let host = Host::new();
    for address in include_str!("../../../../tests/addresses/malformed.txt").lines() {
        let messages = [check(address).err(), host.open(address, 0, |_| {}).err()];
        assert!(messages[1].is_some(), "{address}");
        for failed in messages.into_iter().flatten() {
            assert!(!failed.message.contains("hunter2"), "{address}: {}", failed.message);
        }
    }
}

/// The runtime's end does not wait for a server that accepts and says nothing.
#[test]
fn a_closing_runtime_gives_up_an_opening() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("postgres://u:p@{}/d?connect_timeout=3600&sslmode=disable", listener.local_addr().unwrap());
    let host = Host::new();
    let runtime = host.runtime();
    std::thread::scope(|scope| {
        let opening = scope.spawn(|| host.open(&address, 0, |_| {}));
        let connection = listener.accept().unwrap();
        call(|error| unsafe { c::laneway_runtime_close(runtime, 0, error) }).unwrap();
        let failed = opening.join().unwrap().expect_err("the runtime is closed");
        assert_eq!(failed.code, laneway_result_t::LANEWAY_E_CLOSED, "{}", failed.message);
        drop(connection);
    });
}
