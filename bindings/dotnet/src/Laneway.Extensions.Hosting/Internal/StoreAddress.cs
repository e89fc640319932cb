namespace Laneway.Extensions.Hosting.Internal;

using System.Data.Common;

/// <summary>A connection string for people: which database, and as whom. Takes only what is known to be no secret.</summary>
internal static class StoreAddress
{
    // The first that is there is shown. In the words of Npgsql and of libpq.
    private static readonly string[] Hosts = ["host", "server", "hostaddr"];
    private static readonly string[] Ports = ["port"];
    private static readonly string[] Databases = ["database", "db", "dbname"];
    private static readonly string[] Users = ["username", "user id", "userid", "user name", "user"];

    internal static string Of(string connectionString)
    {
        try
        {
            return connectionString.Contains("://", StringComparison.Ordinal) ? OfUrl(connectionString) : OfKeywords(connectionString);
        }
        catch (Exception exception) when (exception is ArgumentException or UriFormatException)
        {
            return "(an address in another form)";
        }
    }

    private static string OfUrl(string url)
    {
        var parsed = new Uri(url);
        return Text(parsed.Host, parsed.Port > 0 ? $"{parsed.Port}" : null, parsed.AbsolutePath.Trim('/'), parsed.UserInfo.Split(':')[0]);
    }

    private static string OfKeywords(string keywords)
    {
        var parsed = new DbConnectionStringBuilder { ConnectionString = keywords };
        string? First(string[] names) => names
            .Select(name => parsed.TryGetValue(name, out object? value) ? value as string : null)
            .FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return Text(First(Hosts), First(Ports), First(Databases), First(Users));
    }

    private static string Text(string? host, string? port, string? database, string? user) =>
        (string.IsNullOrEmpty(host) ? "the default host" : host)
        + (port is null ? "" : $":{port}")
        + (string.IsNullOrEmpty(database) ? "" : $"/{database}")
        + (string.IsNullOrEmpty(user) ? "" : $" as {user}");
}
