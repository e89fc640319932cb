//! `cargo xtask`: everything that is not `cargo build`. Runs other programs and counts their results; builds in
//! seconds, so it depends on nothing of Laneway's own but `laneway-pgbin`.

#![forbid(unsafe_code)]

mod authors;
mod cargo;
mod codegen;
mod demo;
mod dotnet;
mod earthmover;
mod harness;
mod header;
mod isolation;
mod koffi;
mod mutants;
mod package;
mod releases;
mod scenario;
mod servers;
mod simulate;
mod skips;
mod supply;
mod tally;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <command>

  demo [-- OPTIONS]      builds `laneway` and runs its demo (`cargo xtask demo -- --help` lists the options)
  test [OPTIONS]         runs every check and test; what cannot run here is skipped, loudly
                           --require-all      a skip is a failure
                           --postgres DIR     where other versions of PostgreSQL are, each as DIR/VERSION/bin; without it,
                                              where `servers` puts them
  servers [DIR]          brings the versions of PostgreSQL that are not installed (npm packages, into the user's cache), for
                         the store's tests
  earthmover [DIR]       brings earthmover (Python, some 600 MB, into the user's cache) and loads what it writes
  koffi [DIR]            brings koffi (npm, into the user's cache) for the C ABI's test in Node, and prints LANEWAY_KOFFI
  locks [OPTIONS]        what a load must stand, for minutes, each scenario with a table (`--help` lists a scenario's options): locks
  statistics [OPTIONS]   of other sessions; stores analysed while empty; restarts, killed sessions and a silent server; clusters
  outages [OPTIONS]      that fail over (Patroni with etcd, by all addresses, through HAProxy and pgpool, from Debian's packages)
  clusters [OPTIONS]
  checks [OPTIONS]       checks of whole stores, generated and recorded, with their time and memory
  processes [OPTIONS]    several processes at one store, beside the statements of the service itself
  faults [OPTIONS]       a fault at every step of a flush, of connections, servers and processes; --rounds N: each so often
  overload [OPTIONS]     more than the database takes, and what must not stall others; --minutes N
  soak [OPTIONS]         load, faults, new plugins, other limits, stores opened and closed: nothing grows; --minutes N. These three
                         write their tables into docs/reliability.md
  worlds [OPTIONS]       generated worlds: batches, the model in memory and the single path agree; --seed N: one of them
  mutants [OPTIONS]      faults in the flush, in decide and in order, each with the generated world that notices it
  simulate [OPTIONS]     the whole core against a simulated store and everything that may go wrong, on one thread and a clock
                         that jumps (crates/laneway-simulation): a million operations from a fresh seed
                           --seed N           from this seed on
                           --minutes M        for so long
                           --operations N     so many operations
                           --world N          one world, with a trace
                           --canaries         wrong builds, each with the operations after which it is caught
  authors [PROGRAM]      builds the examples of plugins in JavaScript and Python (npm, componentize-py) and tries them;
                         PROGRAM: a `laneway` that is built already
  tidy                   checks the house rules; each finding names its remedy
  deny                   licences and sources of dependencies, and what is there twice, against deny.toml
  codegen [--check]      rebuilds what is generated and committed (the plugins' scanner); --check: only compares
  header [--check]       writes what is generated from the C ABI (include/, the .NET binding's structs); --check: only
                         compares
  package [OPTIONS]      makes dist/: a tarball (header, libraries, plugins, the program) for each platform, and the NuGet
                         packages with the libraries of all of them, and checks each by programs that are built against it
                         from an empty folder and run: as they are, or by qemu or wine
                           --platform RID     linux-x64, linux-musl-x64, linux-arm64, linux-musl-arm64, win-x64; can be given
                                              several times; without it the one that this runs on. The others are built by
                                              zig or mingw (.ci/platforms brings what it takes)
                           --glibc VERSION    the oldest glibc to run with (2.28): then zig links for this platform too, which
                                              otherwise needs the glibc that is installed here
                           --all              all of these platforms, with glibc 2.28 unless another is given
                           --out DIR          elsewhere than dist/
                           --profile release|dev
                           --native DIR       takes DIR/runtimes/<rid>/native/* into the NuGet package: libraries that were
                                              built on other platforms
                           --require-all      a check that cannot run here is a failure
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["demo", "--", options @ ..] | ["demo", options @ ..] => demo::run(options),
        ["test", options @ ..] => match test::Options::parse(options) {
            Some(options) => test::run(options),
            None => misunderstood(),
        },
        ["servers"] => servers::run(None),
        ["servers", folder] => servers::run(Some(folder)),
        ["earthmover"] => earthmover::run(None),
        ["earthmover", folder] => earthmover::run(Some(folder)),
        ["koffi"] => koffi::run(None),
        ["koffi", folder] => koffi::run(Some(folder)),
        ["codegen"] => codegen::run(),
        ["codegen", "--check"] => codegen::run_check(),
        ["header"] => header::run(),
        ["header", "--check"] => header::run_check(),
        ["package", options @ ..] => package::run(options),
        ["authors"] => authors::run(None),
        ["authors", program] => authors::run(Some(program)),
        ["tidy"] => tidy::run(),
        ["deny"] => supply::deny::run(),
        ["mutants", options @ ..] => mutants::run(options),
        ["simulate", "--canaries"] => simulate::run_canaries(),
        ["simulate", options @ ..] => simulate::run(options),
        [
            name @ ("locks" | "statistics" | "outages" | "clusters" | "checks" | "processes" | "faults" | "overload"
            | "soak" | "worlds"),
            options @ ..,
        ] => scenario::run(name, options),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => misunderstood(),
    }
}

fn misunderstood() -> ExitCode {
    eprint!("{USAGE}");
    ExitCode::from(2)
}
