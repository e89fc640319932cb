//! What the host makes of well-behaved plugins' answers, through its public interface.

mod guest;

use guest::{Guest, Slot, thing};
use laneway_model::{ExtractWorker as _, Extractor as _, ReferentialId};
use laneway_plugin::{PluginSettings, Plugins};

#[test]
fn an_identity() {
    let guest = Guest::of(thing()).spans(&[(0, 6, 4)]);
    let plugins = Plugins::load(vec![("a".into(), guest.component())], PluginSettings::default()).unwrap();
    let route = plugins.route("TEST", "Things").unwrap();
    let extraction = plugins.worker().extract(&route, br#"{"id":"42"}"#).unwrap();
    assert_eq!(extraction.identity().collect::<Vec<_>>(), [("$.id", "42")]);
    assert_eq!(extraction.referential_id, ReferentialId::of("Test", "Thing", [("$.id", "42")]));
}
