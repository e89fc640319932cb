//! Bindings of `laneway:resource@1.0.0`, generated from the frozen contract.

wasmtime::component::bindgen!({
    path: "../../plugins/wit/laneway-resource-1.0",
    world: "%resource",
});
