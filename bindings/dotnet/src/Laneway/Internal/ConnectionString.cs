namespace Laneway.Internal;

using System.Data.Common;
using System.Globalization;
using System.Text;

/// <summary>Translates Npgsql's connection strings to libpq's. A keyword that is not supported is refused by name, unless it
/// only concerns Npgsql itself.</summary>
internal static class ConnectionString
{
    private const int PortDefault = 5432;

    // Npgsql's own pool, buffers and conventions, which do not apply to Laneway: ignoring them does not change what is stored.
    private static readonly HashSet<string> Ignored = new(StringComparer.OrdinalIgnoreCase)
    {
        "Pooling", "Minimum Pool Size", "Maximum Pool Size", "MinPoolSize", "MaxPoolSize", "Connection Idle Lifetime",
        "Connection Pruning Interval", "Connection Lifetime", "Command Timeout", "CommandTimeout", "Internal Command Timeout",
        "Cancellation Timeout", "Max Auto Prepare", "Auto Prepare Min Usages", "Read Buffer Size", "Write Buffer Size",
        "Socket Receive Buffer Size", "Socket Send Buffer Size", "No Reset On Close", "NoResetOnClose", "Include Error Detail",
        "Log Parameters", "Enlist", "Multiplexing", "Persist Security Info", "Load Table Composites", "Array Nullability Mode",
        "Include Realm", "Timezone", "Write Coalescing Buffer Threshold Bytes",
    };

    /// <summary>The connection string for the native library. A URL is not changed.</summary>
    internal static string ToLibpq(string connectionString)
    {
        if (connectionString.Contains("://", StringComparison.Ordinal))
        {
            return connectionString;
        }

        var parsed = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var written = new StringBuilder();
        foreach (string key in parsed.Keys)
        {
            string value = Convert.ToString(parsed[key], CultureInfo.InvariantCulture) ?? "";
            if (!Ignored.Contains(key))
            {
                Write(written, key, value);
            }
        }

        return written.ToString();
    }

    private static void Write(StringBuilder written, string key, string value)
    {
#pragma warning disable CA1308 // Keywords are compared without case; which case does not matter.
        switch (key.ToLowerInvariant().Replace(" ", "", StringComparison.Ordinal))
#pragma warning restore CA1308
        {
            case "host" or "server":
                Hosts(written, value);
                break;
            case "port":
                Pair(written, "port", value);
                break;
            case "database" or "db":
                Pair(written, "dbname", value);
                break;
            case "username" or "userid" or "uid" or "user":
                Pair(written, "user", value);
                break;
            case "password" or "psw" or "pwd":
                Pair(written, "password", value);
                break;
            case "timeout":
                Pair(written, "connect_timeout", value);
                break;
            case "applicationname":
                Pair(written, "application_name", value);
                break;
            case "options":
                Pair(written, "options", value);
                break;
            case "keepalive" when value != "0":
                Pair(written, "keepalives_idle", value);
                break;
            case "keepalive" or "tcpkeepalive":
                break;
            case "targetsessionattributes" when value.Equals("any", StringComparison.OrdinalIgnoreCase):
                break;
            case "targetsessionattributes"
                when value.Equals("primary", StringComparison.OrdinalIgnoreCase)
                    || value.Equals("read-write", StringComparison.OrdinalIgnoreCase):
                Pair(written, "target_session_attrs", "read-write");
                break;
            case "sslmode"
                when value.Equals("disable", StringComparison.OrdinalIgnoreCase)
                    || value.Equals("allow", StringComparison.OrdinalIgnoreCase)
                    || value.Equals("prefer", StringComparison.OrdinalIgnoreCase):
                // The native library does not encrypt, and these allow that.
                break;
            default:
                throw new LanewayException(
                    $"The connection string's keyword '{key}' is not supported (value '{Shown(key, value)}'): remove it, or "
                    + "give Laneway a connection string of its own.");
        }
    }

    // Only values of keywords that cannot be a password are shown.
    private static string Shown(string key, string value) =>
        key.StartsWith("ssl", StringComparison.OrdinalIgnoreCase) || key.StartsWith("target", StringComparison.OrdinalIgnoreCase)
            ? value
            : "…";

    /// <summary>Writes hosts, each of which may have a port.</summary>
    private static void Hosts(StringBuilder written, string value)
    {
        string[] hosts = value.Split(',', StringSplitOptions.TrimEntries);
        if (hosts.Any(host => Port(host) is not null))
        {
            string[] ports = [.. hosts.Select(host => Port(host) ?? PortDefault.ToString(CultureInfo.InvariantCulture))];
            Pair(written, "port", string.Join(',', ports));
        }

        Pair(written, "host", string.Join(',', hosts.Select(host => Port(host) is { } port ? host[..^(port.Length + 1)] : host)));
    }

    // An IPv6 address has colons too, and a path has none.
    private static string? Port(string host)
    {
        int colon = host.LastIndexOf(':');
        bool one = colon > 0 && host.IndexOf(':', StringComparison.Ordinal) == colon;
        return one ? host[(colon + 1)..] : null;
    }

    private static void Pair(StringBuilder written, string key, string value)
    {
        string quoted = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);
        written.Append(written.Length == 0 ? "" : " ").Append(key).Append("='").Append(quoted).Append('\'');
    }
}
