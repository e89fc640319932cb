using BenchmarkDotNet.Running;
using Laneway.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(EchoBenchmarks).Assembly).Run(args);
