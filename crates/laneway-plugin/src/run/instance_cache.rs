//! The instances that one worker keeps between documents: found by index, let go when they are not worth it.

use std::any::Any;
use std::sync::{Arc, Weak};

use crate::load::plugin::LoadedPlugin;
use crate::publish::registry::Registry;
use crate::run::instance::{CallFailure, Instance};
use crate::run::room::GiveWay;

/// One worker's instances, at most one of each plugin.
#[derive(Default)]
pub(crate) struct InstanceCache {
    /// By the plugin's slot.
    entries: Vec<Option<CachedInstance>>,
    /// The generation that was published when the instances were last looked through.
    generation: u64,
    /// How often an instance was asked for: what tells those that have long been idle.
    asked: u64,
}

struct CachedInstance {
    /// Whose it is: slots are given out again.
    serial: u64,
    /// To see whether the plugin is still in force, without keeping it alive.
    plugin: Weak<LoadedPlugin>,
    /// Its memory when it was new: a bundle's tables are no growth.
    memory_bytes_new: usize,
    /// When it was asked for last, by the cache's count.
    asked: u64,
    instance: Instance,
}

impl CachedInstance {
    fn grown_bytes(&self) -> usize {
        self.instance.memory_bytes().saturating_sub(self.memory_bytes_new)
    }
}

impl InstanceCache {
    /// The plugin's instance: the kept one, else a new one.
    pub(crate) fn get(
        &mut self,
        registry: &Registry,
        plugin: &LoadedPlugin,
        handle: &Arc<dyn Any + Send + Sync>,
    ) -> Result<&mut Instance, CallFailure> {
        self.sweep(registry.number());
        let at = plugin.slot.index();
        if self.entries.len() <= at {
            self.entries.resize_with(at + 1, || None);
        }
        self.asked += 1;
        // One of another plugin is dropped before the new one is made: its memory is given back first.
        let kept = self.entries[at].take().filter(|cached| cached.serial == plugin.serial);
        let cached = match kept {
            Some(cached) => CachedInstance { asked: self.asked, ..cached },
            None => {
                let instance = plugin.instantiate(&registry.engine, &registry.settings, self)?;
                CachedInstance {
                    serial: plugin.serial,
                    plugin: Arc::clone(handle)
                        .downcast()
                        .map_or_else(|_| Weak::new(), |plugin| Arc::downgrade(&plugin)),
                    memory_bytes_new: instance.memory_bytes(),
                    asked: self.asked,
                    instance,
                }
            }
        };
        Ok(&mut self.entries[at].insert(cached).instance)
    }

    /// The instance has answered. It stays unless it grew over the mark, or its plugin is in force no longer:
    /// then these are the last documents of an old generation, and nothing would come to sweep it away.
    pub(crate) fn answered(&mut self, registry: &Registry, plugin: &LoadedPlugin) {
        let memory_bytes_max = registry.settings.memory_bytes_kept_max;
        let entry = &mut self.entries[plugin.slot.index()];
        entry.take_if(|cached| cached.grown_bytes() > memory_bytes_max || plugin.retired());
    }

    /// The instance has failed, and may not be called again.
    pub(crate) fn failed(&mut self, plugin: &LoadedPlugin) {
        self.entries[plugin.slot.index()] = None;
    }

    /// After a publish, lets go of the instances of plugins that are in force no longer.
    fn sweep(&mut self, published: u64) {
        if self.generation == published {
            return;
        }
        self.generation = published;
        for entry in &mut self.entries {
            entry.take_if(|cached| cached.plugin.upgrade().is_none_or(|plugin| plugin.retired()));
        }
    }
}

impl GiveWay for InstanceCache {
    /// The half that was asked for longest ago: one at a time, each document would ask again.
    fn give_way(&mut self) -> usize {
        let mut asked: Vec<u64> = self.entries.iter().flatten().map(|cached| cached.asked).collect();
        asked.sort_unstable();
        let count = asked.len().div_ceil(2);
        let Some(&last) = count.checked_sub(1).and_then(|at| asked.get(at)) else { return 0 };
        for entry in &mut self.entries {
            entry.take_if(|cached| cached.asked <= last);
        }
        count
    }
}
