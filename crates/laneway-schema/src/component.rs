//! A core module becomes a component of the contract. Knows the WIT text and nothing about schemas.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// The contract's text.
const WIT: &str = include_str!("../../../plugins/wit/laneway-resource-1.0/laneway-resource.wit");

/// The contract, ready to wrap modules with.
pub(crate) struct Contract {
    resolve: Resolve,
    world: WorldId,
}

impl Contract {
    /// The contract of this repository.
    ///
    /// # Panics
    /// When the committed WIT text is not valid, which a test would have found.
    pub(crate) fn new() -> Self {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("laneway-resource.wit", WIT).expect("the contract is valid WIT");
        let world = resolve.select_world(&[package], None).expect("the contract has a world");
        Self { resolve, world }
    }

    /// The component around `module`, which is our own.
    ///
    /// # Panics
    /// When the module does not fit the contract.
    pub(crate) fn wrap(&self, module: Vec<u8>) -> Vec<u8> {
        self.try_wrap(module).unwrap_or_else(|error| panic!("the scanner does not fit the contract: {error:#}"))
    }

    /// The component around `module`; the error names what it lacks.
    pub(crate) fn try_wrap(&self, mut module: Vec<u8>) -> Result<Vec<u8>, impl std::fmt::Display + use<>> {
        embed_component_metadata(&mut module, &self.resolve, self.world, StringEncoding::UTF8)
            .and_then(|()| ComponentEncoder::default().validate(true).module(&module)?.encode())
    }
}
