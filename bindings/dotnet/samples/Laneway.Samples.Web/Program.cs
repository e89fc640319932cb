// A service that accepts one document at a time, as the DMS does, and upserts each by Laneway.
using Laneway;
using Laneway.Extensions.Hosting;
using Laneway.Samples.Web;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

const int NotBegun = 3;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);

builder.Services.AddLaneway(builder.Configuration.GetSection("Laneway"));
builder.Services.AddOptions<ServiceOptions>().Bind(builder.Configuration.GetSection("Service"))
    .Validate(options => options.RequestTimeout > TimeSpan.Zero && options.WriteConflictRetriesMax >= 0,
        "Service:RequestTimeout must be positive, Service:WriteConflictRetriesMax must not be negative.")
    .ValidateOnStart();

builder.Services.AddOpenApi();
builder.Services.AddOpenTelemetry()
    .WithMetrics(metrics => metrics.AddMeter(LanewayDiagnostics.MeterName).AddAspNetCoreInstrumentation().AddPrometheusExporter())
    .WithTracing(traces => traces.AddSource(LanewayDiagnostics.ActivitySourceName).AddAspNetCoreInstrumentation());

WebApplication app = builder.Build();

app.MapDocuments();
app.MapAdministration();
app.MapHealth();
app.MapOpenApi();
app.MapGet("/", ApiPage.Get).ExcludeFromDescription();
app.MapPrometheusScrapingEndpoint();

try
{
    // A service in production deploys before it starts; a sample should start with one command.
    if (app.Services.GetRequiredService<IOptions<LanewayOptions>>().Value.ConnectionString is { } connectionString)
    {
        await using var runtime = new LanewayRuntime();
        await runtime.DeployAsync(connectionString);
    }

    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (exception is LanewayException or OptionsValidationException)
{
    // The message says what is missing and what to do.
    Console.Error.WriteLine(exception.Message);
    return NotBegun;
}
