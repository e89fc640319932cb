namespace Laneway.Native;

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

/// <summary>The functions of the C ABI. All blittable: what is not is done by the callers.</summary>
internal static unsafe partial class NativeMethods
{
    internal const string Library = "laneway";

    [LibraryImport(Library, EntryPoint = "laneway_abi_version")]
    internal static partial uint AbiVersion();

    [LibraryImport(Library, EntryPoint = "laneway_layout_hash")]
    internal static partial ulong LayoutHash();

    [LibraryImport(Library, EntryPoint = "laneway_build_info")]
    internal static partial byte* BuildInfo();

    [LibraryImport(Library, EntryPoint = "laneway_runtime_options_default")]
    internal static partial NativeCode RuntimeOptionsDefault(NativeRuntimeOptions* options, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_runtime_create")]
    internal static partial NativeCode RuntimeCreate(NativeRuntimeOptions* options, ulong* runtime, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_runtime_close")]
    internal static partial NativeCode RuntimeClose(ulong runtime, uint timeoutMs, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_runtime_destroy")]
    internal static partial NativeCode RuntimeDestroy(ulong runtime, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_runtime_abandon")]
    internal static partial NativeCode RuntimeAbandon(ulong runtime, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_load")]
    internal static partial NativeCode PluginsLoad(
        NativeText* names, NativeText* components, nuint count, NativePluginsOptions* options, ulong* plugins,
        NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_load_folder")]
    internal static partial NativeCode PluginsLoadFolder(
        NativeText folder, NativePluginsOptions* options, ulong* plugins, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_load_schemas")]
    internal static partial NativeCode PluginsLoadSchemas(
        NativeText* names, NativeText* schemas, nuint count, NativePluginsOptions* options, ulong* plugins,
        NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_publish")]
    internal static partial NativeCode PluginsPublish(
        ulong plugins, NativeText* names, NativeText* components, nuint count, ulong* generation, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_publish_folder")]
    internal static partial NativeCode PluginsPublishFolder(
        ulong plugins, NativeText folder, ulong* generation, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_watch")]
    internal static partial NativeCode PluginsWatch(
        ulong plugins, ulong runtime, NativeText folder, uint pollIntervalMs, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_unwatch")]
    internal static partial NativeCode PluginsUnwatch(ulong plugins, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_roll_back")]
    internal static partial NativeCode PluginsRollBack(
        ulong plugins, ulong generation, ulong* newGeneration, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_generations")]
    internal static partial NativeCode PluginsGenerations(
        ulong plugins, NativeGeneration* generations, nuint count, nuint elemSize, nuint* needed, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_generation")]
    internal static partial NativeCode PluginsGeneration(ulong plugins, ulong* generation, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_resources")]
    internal static partial NativeCode PluginsResources(
        ulong plugins, byte* buffer, nuint size, nuint* needed, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_destroy")]
    internal static partial NativeCode PluginsDestroy(ulong plugins, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_options_default")]
    internal static partial NativeCode StoreOptionsDefault(NativeStoreOptions* options, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_limits_default")]
    internal static partial NativeCode LimitsDefault(NativeLimits* limits, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_deploy")]
    internal static partial NativeCode StoreDeploy(ulong runtime, NativeStoreOptions* options, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_open")]
    internal static partial NativeCode StoreOpen(
        ulong runtime, NativeStoreOptions* options, ulong* store, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_echo_open")]
    internal static partial NativeCode EchoOpen(ulong runtime, NativeLimits* limits, ulong* store, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_echo_hold")]
    internal static partial NativeCode EchoHold(ulong store, uint held, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_set_limits")]
    internal static partial NativeCode StoreSetLimits(ulong store, NativeLimits* limits, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_limits")]
    internal static partial NativeCode StoreLimits(ulong store, NativeLimits* limits, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_set_enabled")]
    internal static partial NativeCode StoreSetEnabled(ulong store, uint enabled, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_set_latency_slo")]
    internal static partial NativeCode StoreSetLatencySlo(ulong store, ulong sloUs, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_stats")]
    internal static partial NativeCode StoreStats(ulong store, NativeStats* stats, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_close")]
    internal static partial NativeCode StoreClose(ulong store, uint timeoutMs, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_destroy")]
    internal static partial NativeCode StoreDestroy(ulong store, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_submit")]
    internal static partial NativeCode Submit(
        ulong store, NativeOperation* operations, nuint count, nuint elemSize, nuint* accepted, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_cancel")]
    internal static partial NativeCode Cancel(ulong store, ulong token, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_checkpoint")]
    internal static partial NativeCode Checkpoint(ulong store, ulong token, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_completions_wait")]
    internal static partial NativeCode CompletionsWait(
        ulong runtime, NativeCompletion* records, nuint count, nuint elemSize, byte* details, nuint detailsSize,
        long timeoutMs, nuint* taken, nuint* detailsNeeded, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_completions_wake")]
    internal static partial NativeCode CompletionsWake(ulong runtime, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_logs_read")]
    internal static partial NativeCode LogsRead(
        ulong runtime, NativeLog* records, nuint count, nuint elemSize, byte* texts, nuint textsSize, nuint* taken,
        ulong* dropped, nuint* textsNeeded, NativeError* error);
}
