// A service that accepts one document at a time, as the DMS does, and upserts each by Laneway.
using Laneway;
using Laneway.Extensions.Hosting;
using Laneway.Samples.Web;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

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

await app.RunAsync();
