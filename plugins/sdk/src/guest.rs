//! A plugin at work: its manifest read once, then document after document. The same in WebAssembly and in tests.

use alloc::vec::Vec;

use crate::{Answer, Document, Manifest, Plugin, Refusal, json, search::Search};

/// A plugin's manifest, ready for documents.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) manifest: Manifest,
    /// By resource.
    searches: Vec<Search>,
}

impl Guest {
    pub(crate) fn of<P: Plugin>() -> Self {
        let manifest = P::manifest();
        let searches = manifest.resources.iter().map(Search::new).collect();
        Self { manifest, searches }
    }

    /// The plugin's answer for a document of the resource with this number.
    pub(crate) fn extract<P: Plugin>(&self, index: usize, text: &str) -> Result<Answer, Refusal> {
        let resource = &self.manifest.resources[index];
        let mut answer = Answer::default();
        let mut reads: Vec<Vec<_>> = resource.reads.iter().map(|_| Vec::new()).collect();
        json::read(text, &self.searches[index], &mut |wanted, value| match wanted.is_read {
            true => reads[wanted.number as usize].push(value),
            false => answer.found(wanted, &value),
        })?;
        P::extract(&Document { text, index, resource, reads }, &mut answer)?;
        Ok(answer)
    }
}
