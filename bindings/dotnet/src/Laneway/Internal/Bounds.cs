namespace Laneway.Internal;

using System.Globalization;

/// <summary>Collects which of several values are out of range: a sentence each, with the value's name and its range.</summary>
internal sealed class Bounds
{
    /// <summary>The longest timeout, which PostgreSQL, timers and the C ABI all can express.</summary>
    internal static readonly TimeSpan TimeMax = TimeSpan.FromMilliseconds(int.MaxValue);

    private readonly List<string> wrong = [];

    /// <summary>What is out of range; empty: nothing.</summary>
    internal IReadOnlyList<string> Wrong => wrong;

    /// <summary>Checks a number; <c>null</c> is none.</summary>
    internal Bounds Number(string name, long? value, long min, long max)
    {
        if (value < min || value > max)
        {
            wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}: use {min} to {max}."));
        }

        return this;
    }

    /// <summary>Checks a time; <c>null</c> is none.</summary>
    internal Bounds Time(string name, TimeSpan? value, TimeSpan min, TimeSpan max)
    {
        if (value is { } time && (time < min || time > max))
        {
            wrong.Add($"{name} is {Text(time)}: use {Text(min)} to {Text(max)}.");
        }

        return this;
    }

    /// <summary>Checks that a value is one of its enumeration's.</summary>
    internal Bounds Named<T>(string name, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            wrong.Add($"{name} is {value:D}: use {string.Join(", ", Enum.GetNames<T>())}.");
        }

        return this;
    }

    /// <summary>Throws if anything is out of range.</summary>
    internal void Check()
    {
        if (wrong.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', wrong));
        }
    }

    // Without the zeros that a fraction ends with.
    private static string Text(TimeSpan time)
    {
        string text = time.ToString("c", CultureInfo.InvariantCulture);
        return time.Ticks % TimeSpan.TicksPerSecond == 0 ? text : text.TrimEnd('0');
    }
}
