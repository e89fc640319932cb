namespace Laneway.Native;

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

/// <summary>The functions of the C ABI. All types are blittable; callers convert.</summary>
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
    internal static partial NativeResult RuntimeOptionsDefault(NativeRuntimeOptions* options, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_runtime_create")]
    internal static partial NativeResult RuntimeCreate(NativeRuntimeOptions* options, ulong* runtime, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_runtime_close")]
    internal static partial NativeResult RuntimeClose(ulong runtime, uint timeoutMs, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_runtime_destroy")]
    internal static partial NativeResult RuntimeDestroy(ulong runtime, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_runtime_abandon")]
    internal static partial NativeResult RuntimeAbandon(ulong runtime, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_load")]
    internal static partial NativeResult PluginsLoad(
        NativeText* names, NativeText* components, nuint count, NativePluginsOptions* options, ulong* plugins,
        NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_load_folder")]
    internal static partial NativeResult PluginsLoadFolder(
        NativeText folder, NativePluginsOptions* options, ulong* plugins, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_load_schemas")]
    internal static partial NativeResult PluginsLoadSchemas(
        NativeText* names, NativeText* schemas, nuint count, NativePluginsOptions* options, ulong* plugins,
        NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_publish")]
    internal static partial NativeResult PluginsPublish(
        ulong plugins, NativeText* names, NativeText* components, nuint count, ulong* generation, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_publish_folder")]
    internal static partial NativeResult PluginsPublishFolder(
        ulong plugins, NativeText folder, ulong* generation, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_watch")]
    internal static partial NativeResult PluginsWatch(
        ulong plugins, ulong runtime, NativeText folder, uint pollIntervalMs, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_unwatch")]
    internal static partial NativeResult PluginsUnwatch(ulong plugins, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_roll_back")]
    internal static partial NativeResult PluginsRollBack(
        ulong plugins, ulong generation, ulong* newGeneration, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_list_generations")]
    internal static partial NativeResult PluginsListGenerations(
        ulong plugins, NativeGeneration* generations, nuint count, nuint elemSize, nuint* needed, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_get_generation")]
    internal static partial NativeResult PluginsGetGeneration(ulong plugins, ulong* generation, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_list_resources")]
    internal static partial NativeResult PluginsListResources(
        ulong plugins, byte* buffer, nuint size, nuint* needed, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_plugins_destroy")]
    internal static partial NativeResult PluginsDestroy(ulong plugins, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_options_default")]
    internal static partial NativeResult StoreOptionsDefault(NativeStoreOptions* options, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_options_check")]
    internal static partial NativeResult StoreOptionsCheck(NativeStoreOptions* options, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_limits_default")]
    internal static partial NativeResult LimitsDefault(NativeLimits* limits, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_deploy")]
    internal static partial NativeResult StoreDeploy(ulong runtime, NativeStoreOptions* options, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_open")]
    internal static partial NativeResult StoreOpen(
        ulong runtime, NativeStoreOptions* options, ulong* store, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_open_echo")]
    internal static partial NativeResult StoreOpenEcho(ulong runtime, NativeLimits* limits, ulong* store, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_hold_echo")]
    internal static partial NativeResult StoreHoldEcho(ulong store, uint held, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_set_limits")]
    internal static partial NativeResult StoreSetLimits(ulong store, NativeLimits* limits, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_get_limits")]
    internal static partial NativeResult StoreGetLimits(ulong store, NativeLimits* limits, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_set_batching")]
    internal static partial NativeResult StoreSetBatching(ulong store, uint batching, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_set_latency_objective")]
    internal static partial NativeResult StoreSetLatencyObjective(ulong store, ulong objectiveUs, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_get_layout")]
    internal static partial NativeResult StoreGetLayout(
        ulong store, byte* buffer, nuint size, nuint* needed, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_get_stats")]
    internal static partial NativeResult StoreGetStats(ulong store, NativeStats* stats, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_close")]
    internal static partial NativeResult StoreClose(ulong store, uint timeoutMs, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_destroy")]
    internal static partial NativeResult StoreDestroy(ulong store, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_submit")]
    internal static partial NativeResult StoreSubmit(
        ulong store, NativeOperation* operations, nuint count, nuint elemSize, nuint* accepted, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_cancel")]
    internal static partial NativeResult StoreCancel(ulong store, ulong token, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_store_checkpoint")]
    internal static partial NativeResult StoreCheckpoint(ulong store, ulong token, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_completions_wait")]
    internal static partial NativeResult CompletionsWait(
        ulong runtime, NativeCompletion* records, nuint count, nuint elemSize, byte* details, nuint detailsSize,
        long timeoutMs, nuint* taken, nuint* detailsNeeded, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_completions_wake")]
    internal static partial NativeResult CompletionsWake(ulong runtime, NativeError* error);

    [LibraryImport(Library, EntryPoint = "laneway_logs_read")]
    internal static partial NativeResult LogsRead(
        ulong runtime, NativeLog* records, nuint count, nuint elemSize, byte* texts, nuint textsSize, nuint* taken,
        ulong* dropped, nuint* textsNeeded, NativeError* error);
}
