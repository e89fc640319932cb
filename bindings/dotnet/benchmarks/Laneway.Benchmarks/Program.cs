using BenchmarkDotNet.Running;
using Laneway.Benchmarks;

if (args is ["load", .. string[] load])
{
    await Load.RunAsync(load).ConfigureAwait(false);
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(EchoBenchmarks).Assembly).Run(args);
}
