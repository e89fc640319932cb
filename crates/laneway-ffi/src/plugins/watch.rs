//! What a watch over a folder reports: records in the log of the runtime that it was started for.

use std::path::Path;
use std::time::Duration;

use laneway_plugin::{WatchEvent, WatchSettings};
use tracing::Dispatch;

/// How a folder is watched that is looked at every `poll_interval_ms`; 0: as often as is usual.
pub(super) fn settings(poll_interval_ms: u32) -> WatchSettings {
    let usual = WatchSettings::default();
    match poll_interval_ms {
        0 => usual,
        milliseconds => WatchSettings { poll_interval: Duration::from_millis(milliseconds.into()), ..usual },
    }
}

/// Logs to `dispatch` what comes of looks at `folder`.
pub(super) fn reporter(folder: &Path, dispatch: Dispatch) -> impl FnMut(WatchEvent) + Send + 'static {
    let folder = folder.display().to_string();
    move |event| tracing::dispatcher::with_default(&dispatch, || report(&folder, &event))
}

/// Names components that were put into a folder and are not loaded from it.
pub(super) fn warn_of_unlisted(folder: &str, files: &[String]) {
    let names = files.join(", ");
    tracing::warn!(
        folder,
        "{names} in a folder of plugins: plugins.json does not name it, so it is not loaded; `laneway plugin pack FILE -o \
         DIR` adds a component"
    );
}

fn report(folder: &str, event: &WatchEvent) {
    let kept = "the plugins in force stay";
    match event {
        WatchEvent::Published { generation, plugins } => {
            tracing::info!(folder, generation, plugins, "published the plugins of a watched folder");
        }
        WatchEvent::Unreadable(error) => {
            tracing::warn!(folder, code = error.code(), "a watched folder has no set of plugins: {error}; {kept}");
        }
        WatchEvent::Refused(error) => {
            tracing::warn!(folder, code = error.code(), "the plugins of a watched folder are refused: {error}; {kept}");
        }
        WatchEvent::Failed(refusal) => {
            tracing::warn!(folder, "the plugins of a watched folder failed their canary: {refusal}; {kept}");
        }
        WatchEvent::Unlisted { files } if files.is_empty() => {
            tracing::info!(folder, "plugins.json of a watched folder names all components in it again");
        }
        WatchEvent::Unlisted { files } => warn_of_unlisted(folder, files),
        WatchEvent::PollingOnly(reason) => {
            tracing::warn!(
                folder,
                "the system does not report changes: {reason}; the folder is only looked at now and then"
            );
        }
        other => tracing::warn!(folder, "{other:?}"),
    }
}
