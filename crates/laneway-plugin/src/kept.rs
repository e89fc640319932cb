//! The instances that one worker keeps between documents: found by index, let go when they are not worth it.

use std::any::Any;
use std::sync::{Arc, Weak};

use crate::instance::{CallFailure, Instance};
use crate::plugin::LoadedPlugin;
use crate::registry::Registry;

/// One worker's instances, at most one of each plugin.
#[derive(Default)]
pub(crate) struct KeptInstances {
    /// By the plugin's slot.
    places: Vec<Option<Kept>>,
    /// The generation that was published when the instances were last looked through.
    generation: u64,
}

struct Kept {
    /// Whose it is: slots are given out again.
    serial: u64,
    /// To see whether the plugin is still in force, without keeping it alive.
    plugin: Weak<LoadedPlugin>,
    /// Its memory when it was new: a bundle's tables are no growth.
    memory_bytes_new: usize,
    instance: Instance,
}

impl Kept {
    fn grown_bytes(&self) -> usize {
        self.instance.memory_bytes().saturating_sub(self.memory_bytes_new)
    }
}

impl KeptInstances {
    /// The plugin's instance: the kept one, else a new one.
    pub(crate) fn get(
        &mut self,
        registry: &Registry,
        plugin: &LoadedPlugin,
        handle: &Arc<dyn Any + Send + Sync>,
    ) -> Result<&mut Instance, CallFailure> {
        self.sweep(registry.number());
        let at = plugin.slot.index();
        if self.places.len() <= at {
            self.places.resize_with(at + 1, || None);
        }
        let place = &mut self.places[at];
        // Dropped before the new one is made: its memory is given back first.
        place.take_if(|kept| kept.serial != plugin.serial);
        let kept = match place {
            Some(kept) => kept,
            None => {
                let instance = plugin.instantiate(&registry.engine, &registry.settings)?;
                place.insert(Kept {
                    serial: plugin.serial,
                    plugin: Arc::clone(handle)
                        .downcast()
                        .map_or_else(|_| Weak::new(), |plugin| Arc::downgrade(&plugin)),
                    memory_bytes_new: instance.memory_bytes(),
                    instance,
                })
            }
        };
        Ok(&mut kept.instance)
    }

    /// The instance has answered. It stays unless it grew over the mark, or its plugin is in force no longer:
    /// then these are the last documents of an old generation, and nothing would come to sweep it away.
    pub(crate) fn answered(&mut self, registry: &Registry, plugin: &LoadedPlugin) {
        let memory_bytes_max = registry.settings.memory_bytes_kept_max;
        let place = &mut self.places[plugin.slot.index()];
        place.take_if(|kept| kept.grown_bytes() > memory_bytes_max || plugin.retired());
    }

    /// The instance has failed, and may not be called again.
    pub(crate) fn failed(&mut self, plugin: &LoadedPlugin) {
        self.places[plugin.slot.index()] = None;
    }

    /// After a publish, lets go of the instances of plugins that are in force no longer.
    fn sweep(&mut self, published: u64) {
        if self.generation == published {
            return;
        }
        self.generation = published;
        for place in &mut self.places {
            place.take_if(|kept| kept.plugin.upgrade().is_none_or(|plugin| plugin.retired()));
        }
    }
}
