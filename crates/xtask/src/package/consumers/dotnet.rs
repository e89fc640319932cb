//! A .NET program that refers to the packed packages by name and version, with an empty cache of packages: what a cache
//! holds under that version is not looked at again.

use std::path::Path;
use std::process::Command;

use super::{output, unbiased};
use crate::package::files;
use crate::{dotnet, workspace};

/// What the consumer refers to.
const PACKAGES: [&str; 2] = ["Laneway", "Laneway.Extensions.Hosting"];

/// Restores from `packed`, builds and runs for each framework, all in an empty folder. `plugins` is a folder of the tarball's.
pub(in crate::package) fn check(packed: &Path, version: &str, plugins: &Path) -> Result<(), String> {
    let packed = packed.canonicalize().map_err(|error| format!("{}: {error}", packed.display()))?;
    let empty = files::temporary()?;
    let (program, cache) = (empty.path().join("consumer"), empty.path().join("packages"));
    for file in files::entries(&workspace::root().join("tests/packages/dotnet"))? {
        if file.is_file() {
            files::copy(&file, &program.join(files::name(&file)))?;
        }
    }
    let command = || {
        let mut command = unbiased(dotnet::command(&program));
        command.env("NUGET_PACKAGES", &cache);
        command
    };
    output(&mut build(command(), &packed, version))?;
    are_those_packed(&packed, &cache, version)?;
    for framework in dotnet::FRAMEWORKS {
        let mut run = command();
        run.args(["exec", &format!("bin/Release/{framework}/Consumer.dll")]).arg(plugins);
        print!("{}", output(run.env("DOTNET_ROLL_FORWARD", "Major"))?);
    }
    Ok(())
}

fn build(mut command: Command, packed: &Path, version: &str) -> Command {
    command.args(["build", "--configuration", "Release", "-nologo", "-m:1"]);
    command.args(["--disable-build-servers", "-nodeReuse:false"]);
    // Beside whatever sources there are, in a file or in the environment.
    command.arg(format!("-p:RestoreAdditionalProjectSources={}", packed.display()));
    command.arg(format!("-p:LanewayVersion={version}"));
    command
}

/// Whether what was restored is what was packed, and not something of that name from elsewhere.
fn are_those_packed(packed: &Path, cache: &Path, version: &str) -> Result<(), String> {
    for package in PACKAGES {
        let (id, file) = (package.to_lowercase(), format!("{package}.{version}.nupkg"));
        let restored = cache.join(&id).join(version).join(file.to_lowercase());
        if files::read(&restored)? != files::read(&packed.join(&file))? {
            return Err(format!("{package} {version} was restored from elsewhere than {}", packed.display()));
        }
    }
    Ok(())
}
