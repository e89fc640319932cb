namespace Laneway.Tests;

using Npgsql;

/// <summary>What a test needs from its environment. Without it the test is skipped, or fails if everything is required
/// (<c>LANEWAY_REQUIRE_ALL</c>).</summary>
internal static class Needs
{
    /// <summary>The server in <c>LANEWAY_DATABASE_URL</c>, as an Npgsql connection string. Tests create databases of their own
    /// there; the database in the URL is not written to.</summary>
    internal static NpgsqlConnectionStringBuilder Server()
    {
        string? url = Environment.GetEnvironmentVariable("LANEWAY_DATABASE_URL");
        if (string.IsNullOrEmpty(url))
        {
            Skip("LANEWAY_DATABASE_URL names no server");
        }

        var parsed = new Uri(url!);
        string[] user = parsed.UserInfo.Split(':');
        return new NpgsqlConnectionStringBuilder
        {
            Host = parsed.Host,
            Port = parsed.Port < 0 ? 5432 : parsed.Port,
            Database = parsed.AbsolutePath.Length > 1 ? parsed.AbsolutePath[1..] : "postgres",
            Username = Uri.UnescapeDataString(user[0]),
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
        };
    }

    /// <summary>The recorded data beside the repository.</summary>
    internal static DirectoryInfo Data()
    {
        var data = new DirectoryInfo(Path.Combine(Repository().FullName, "..", "shared", "data"));
        if (!data.Exists)
        {
            Skip("there is no ../shared/data beside the repository");
        }

        return data;
    }

    /// <summary>The repository, in which the tests were built.</summary>
    internal static DirectoryInfo Repository()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Cargo.toml")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests are not in the repository.");
        }

        return folder;
    }

    /// <summary>The program <c>laneway</c>, built beside the native library.</summary>
    internal static string Program()
    {
        string? library = Environment.GetEnvironmentVariable("LANEWAY_NATIVE_LIBRARY");
        string program = Path.Combine(Path.GetDirectoryName(library) ?? "", "laneway");
        if (!File.Exists(program))
        {
            Skip("the program is not built: cargo build -p laneway-cli");
        }

        return program;
    }

    private static void Skip(string reason)
    {
        if (Environment.GetEnvironmentVariable("LANEWAY_REQUIRE_ALL") is not null)
        {
            Assert.Fail($"needed here: {reason}");
        }

        Assert.Skip(reason);
    }
}
