namespace Laneway.Tests.Samples;

using EdFi.DataManagementService.Core.External.Backend;
using EdFi.DataManagementService.Core.External.Interface;
using Laneway.Samples.Dms;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

/// <summary>A decorator around a repository that records its calls.</summary>
internal sealed class DmsBench : IOptionsMonitor<LanewayUpsertOptions>, ILanewayClientSource, IRequestAborted
{
    internal DmsBench(LanewayClient? client, ResourceEndpoints endpoints)
    {
        Current = client;
        Decorator = new LanewayDocumentStoreRepository(
            new DmsInner(Calls), this, endpoints, this, NullLogger<LanewayDocumentStoreRepository>.Instance, this);
    }

    internal IDocumentStoreRepository Decorator { get; }

    internal DmsCalls Calls { get; } = [];

    public LanewayUpsertOptions CurrentValue { get; } = new() { Routing = true };

    public LanewayClient? Current { get; set; }

    public CancellationToken Token { get; set; }

    /// <summary>For an echo store, whose endpoints are outcomes; the resources have the same names. Without extractions, as the
    /// ReferentialIds are made up.</summary>
    internal static DmsBench Echo(LanewayClient client, params string[] outcomes) =>
        new(client, new ResourceEndpoints([DmsSchema.Of(outcomes.Select(outcome => (outcome, outcome)))]))
        {
            CurrentValue = { Extraction = ExtractionMode.Raw },
        };

    internal Task<UpsertResult> Upsert(IUpsertRequest request) => Decorator.UpsertDocument(request);

    public LanewayUpsertOptions Get(string? name) => CurrentValue;

    public IDisposable? OnChange(Action<LanewayUpsertOptions, string?> listener) => null;
}
