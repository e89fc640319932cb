//! Many plugins on many workers, with less address space than an instance of each takes.

use laneway_model::Extractor as _;
use laneway_plugin::{PluginSettings, Plugins};

use crate::confined::{command, is_inside, itself, output};
use crate::guest::{Guest, Resource, thing};

/// Each reserves 64 MiB: together four times what there is.
const PLUGINS: usize = 48;
const WORKERS: usize = 4;
/// How often each worker comes to each plugin.
const ROUNDS: usize = 20;
/// 3 GiB.
const ADDRESS_SPACE: usize = 3 << 30;

fn plugins() -> Plugins {
    let leaked = |text: String| -> &'static str { text.leak() };
    let guest = |number: usize| {
        let (endpoint, resource_name) = (leaked(format!("things{number}")), leaked(format!("Thing{number}")));
        let guest = Guest::of(Resource { endpoint, resource_name, ..thing() }).spans(&[(0, 6, 2)]);
        (format!("plugin{number}"), guest.component())
    };
    // The test is about instances, not about threads.
    let settings = PluginSettings { compile_threads_max: 1, ..PluginSettings::default() };
    Plugins::load((0..PLUGINS).map(guest).collect(), settings).expect("guests that load")
}

/// Each worker's documents go through all plugins, each beginning with another one.
fn extract_everywhere(plugins: &Plugins) {
    let routes: Vec<_> =
        (0..PLUGINS).map(|number| plugins.route("test", &format!("things{number}")).expect("a route")).collect();
    std::thread::scope(|scope| {
        for number in 0..WORKERS {
            let (mut worker, routes) = (plugins.worker(), &routes);
            scope.spawn(move || {
                for at in 0..ROUNDS * PLUGINS {
                    let route = &routes[(at + number * PLUGINS / WORKERS) % PLUGINS];
                    worker.extract(route, br#"{"id":42}"#).expect("an extraction");
                }
            });
        }
    });
    assert_eq!(plugins.stats().quarantines, 0);
}

#[test]
fn instances_give_way_to_each_other_where_address_space_ends() {
    if is_inside() {
        return extract_everywhere(&plugins());
    }
    let test = "room::instances_give_way_to_each_other_where_address_space_ends";
    output(&mut command(&["prlimit", &format!("--as={ADDRESS_SPACE}")], &itself(), test));
}
