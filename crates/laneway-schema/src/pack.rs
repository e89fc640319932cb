//! A plugin written by hand: its core module becomes a component of the contract.

use wasmparser::{Parser, Payload};

use crate::component::Contract;

/// Why a core module cannot be wrapped.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(transparent)]
pub struct PackError(#[from] Cause);

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
enum Cause {
    #[error("it is a component already, which needs no packing")]
    AComponent,
    #[error("it is not a WebAssembly module: {0}")]
    NotAModule(String),
    #[error(
        "it imports {}, but plugins run without any import; build it for wasm32-unknown-unknown, and leave out what \
         reaches for the system", .0.join(", ")
    )]
    Imports(Vec<String>),
    #[error("it does not implement `laneway:resource@1.0.0`: {0}; does it call `laneway_plugin_sdk::export!`?")]
    NotOfTheWorld(String),
}

/// Whether these bytes begin as a component does, which needs no packing.
#[must_use]
pub fn is_component(wasm: &[u8]) -> bool {
    Parser::is_component(wasm)
}

/// Wraps a core module that exports the contract's functions as a component. The same module gives the same bytes.
///
/// # Errors
/// [`PackError`]: what is wrong with the module.
pub fn pack(module: &[u8]) -> Result<Vec<u8>, PackError> {
    let not_a_module = |error: wasmparser::BinaryReaderError| Cause::NotAModule(error.to_string());
    if Parser::is_component(module) {
        return Err(Cause::AComponent.into());
    }
    // Asked here, as the parser would show both headers as arrays of bytes.
    if !module.starts_with(b"\0asm") {
        return Err(Cause::NotAModule("it does not begin with the bytes `\\0asm`".to_owned()).into());
    }
    let mut imports = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(section) = payload.map_err(not_a_module)? {
            for import in section.into_imports() {
                let import = import.map_err(not_a_module)?;
                imports.push(format!("`{}` of `{}`", import.name, import.module));
            }
        }
    }
    if !imports.is_empty() {
        return Err(Cause::Imports(imports).into());
    }
    Contract::new().try_wrap(module.to_vec()).map_err(|error| Cause::NotOfTheWorld(format!("{error:#}")).into())
}
