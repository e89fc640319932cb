namespace Laneway;

/// <summary>A published set of plugins: the one in force, or one that can be rolled back to.</summary>
/// <param name="Number">The generation's number, as <see cref="LanewayPlugins.RollBack"/> takes it. Each publish increments
/// it.</param>
/// <param name="IsInForce">Whether this generation is in force.</param>
/// <param name="ReturnTo">If it was created by a roll-back, the generation that was rolled back to.</param>
/// <param name="PublishedAt">When it was published.</param>
/// <param name="Plugins">The number of plugins.</param>
/// <param name="Resources">The number of resources that they serve.</param>
public sealed record PluginGeneration(
    long Number, bool IsInForce, long? ReturnTo, DateTimeOffset PublishedAt, int Plugins, int Resources);
