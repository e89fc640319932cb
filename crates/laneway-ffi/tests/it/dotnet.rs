//! The .NET binding's own tests, with the library that cargo built and a server of this test's.

use std::process::Command;

use laneway_embedded::{Server, Settings};

use crate::c_programs::library;
use crate::generated::repository;
use crate::need::skip;

#[test]
fn the_binding_s_tests_pass_on_both_frameworks() {
    if !Command::new("dotnet").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return skip("dotnet is not installed (the SDK that bindings/dotnet/global.json names)");
    }
    let server = match Server::start(&Settings::for_tests()) {
        Ok(server) => server,
        Err(error) => return skip(&format!("no server: {error}")),
    };
    for framework in ["net10.0", "net8.0"] {
        let mut dotnet = Command::new("dotnet");
        dotnet.current_dir(repository().join("bindings/dotnet"));
        dotnet.args(["test", "--project", "tests/Laneway.Tests/Laneway.Tests.csproj", "--framework", framework]);
        dotnet.env("LANEWAY_NATIVE_LIBRARY", library()).env("LANEWAY_DATABASE_URL", server.tcp_config().url());
        // net8.0 runs on whatever runtime there is.
        dotnet.env("DOTNET_ROLL_FORWARD", "Major");
        let output = dotnet.output().expect("it was there a moment ago");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{framework}:\n{text}{}", String::from_utf8_lossy(&output.stderr));
    }
}
