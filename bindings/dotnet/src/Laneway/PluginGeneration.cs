namespace Laneway;

/// <summary>One published set of plugins, in force or kept to be returned to.</summary>
/// <param name="Number">Counts publishes; what <see cref="LanewayPlugins.RollBack"/> takes.</param>
/// <param name="IsInForce">Whether it is the one in force.</param>
/// <param name="ReturnTo">The generation whose plugins these are, where it came about by a return.</param>
/// <param name="PublishedAt">When it was published.</param>
/// <param name="Plugins">How many plugins serve something in it.</param>
/// <param name="Resources">How many resources are served.</param>
public sealed record PluginGeneration(
    long Number, bool IsInForce, long? ReturnTo, DateTimeOffset PublishedAt, int Plugins, int Resources);
