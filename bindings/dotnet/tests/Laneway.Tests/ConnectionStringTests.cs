namespace Laneway.Tests;

using System.ComponentModel;
using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Npgsql;

/// <summary>Connection strings, which the native library reads.</summary>
public sealed class ConnectionStringTests
{
    [Theory]
    [InlineData("Host=db;Database=dms;Username=u;Password=\"a'b\\c\"")]
    [InlineData("server=a:1,b;user id=u;Port=5433")]
    [InlineData("Host=[::1]:5433;Include Error Detail=true;MaxAutoPrepare=20")]
    [InlineData("Host=h;SSL Mode=Require;Trust Server Certificate=true")]
    [InlineData("Host=h;Target Session Attributes=primary;GSS Encryption Mode=Disable;Timezone=UTC")]
    [InlineData("postgres://u:p@h/d?sslmode=require")]
    [InlineData("host=h user=u dbname=d")]
    public void Each_form_is_taken(string connectionString) => LanewayStoreOptions.CheckConnectionString(connectionString);

    [Theory]
    [InlineData("Host=h;Target Session Attributes=standby", "`Target Session Attributes`")]
    [InlineData("Host=h;Frobnicate=1", "`Frobnicate` is no setting")]
    [InlineData("Host=h;SSL Mode=VerifyFull;Root Certificate=/no/such", "sslrootcert=/no/such")]
    [InlineData("Host=h;SSL Mode=Strict", "`SSL Mode` is not one of")]
    [InlineData("postgres://h?gssencmode=require", "`gssencmode`")]
    public void What_is_refused_is_named(string connectionString, string part)
    {
        var exception = Assert.Throws<ArgumentException>(() => LanewayStoreOptions.CheckConnectionString(connectionString));
        Assert.Contains(part, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_word_is_treated_as_the_document_says()
    {
        string[] document = await File.ReadAllLinesAsync(Repository("docs/connection.md"));
        int begin = Array.IndexOf(document, "### Npgsql's words");
        string[][] rows = [.. document.Skip(begin).Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))];
        Assert.NotEmpty(rows);
        foreach (string[] row in rows)
        {
            string[] spellings = [.. row[0].Split(", ").Select(name => name.Trim('`'))];
            string[] parts = row[1].Split("refused: ");
            foreach (string spelling in spellings)
            {
                string? message = Refusal($"Host=h;{spelling}=no such value");
                if (parts.Length > 1)
                {
                    Assert.Contains($"`{spellings[0]}`", message, StringComparison.Ordinal);
                    Assert.Contains(parts[1], message, StringComparison.Ordinal);
                }
                else if (row[1].StartsWith("no concern", StringComparison.Ordinal))
                {
                    Assert.Null(message);
                }
                else
                {
                    Assert.DoesNotContain("is no setting", message ?? "", StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void Each_keyword_of_Npgsql_is_known()
    {
        string[] keywords = [.. typeof(NpgsqlConnectionStringBuilder).GetProperties()
            .Where(property => property.GetCustomAttributes().Any(one => one.GetType().Name == "NpgsqlConnectionStringPropertyAttribute"))
            .SelectMany(property => new[] { property.Name, property.GetCustomAttribute<DisplayNameAttribute>()!.DisplayName })];
        Assert.Contains("Host", keywords);
        Assert.All(keywords, keyword =>
            Assert.DoesNotContain("is no setting", Refusal($"{keyword}=x;Host=h") ?? "", StringComparison.Ordinal));
    }

    [Fact]
    public void What_Npgsql_s_builder_writes_is_read()
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = "a:1,b", Port = 5433, Username = "it's", Password = "se;cr\"et'", Database = "d", Timeout = 3, KeepAlive = 7,
            SslMode = SslMode.Require, Options = "-c x.y=z", ApplicationName = "an application", MaxPoolSize = 3,
        };
        LanewayStoreOptions.CheckConnectionString(builder.ConnectionString);
        Assert.NotEmpty(new DbConnectionStringBuilder { ConnectionString = builder.ConnectionString }.Keys);
    }

    [Fact]
    public async Task No_message_shows_a_password()
    {
        await using var runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1 });
        foreach (string address in await File.ReadAllLinesAsync(Repository("tests/addresses/malformed.txt")))
        {
            var options = new LanewayStoreOptions { ConnectionString = address };
            Exception opening = await Assert.ThrowsAnyAsync<Exception>(() => runtime.OpenAsync(options));
            Exception deploying = await Assert.ThrowsAnyAsync<Exception>(() => runtime.DeployAsync(address));
            string shown = $"{opening} {deploying} {Refusal(address)} {options}";
            Assert.DoesNotContain("hunter2", shown, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port={0};Username=u;Database=d;Timeout=1")]
    [InlineData("postgres://u@127.0.0.1:{0}/d?connect_timeout=1")]
    public async Task Opening_ends_where_the_server_accepts_and_says_nothing(string form)
    {
        using var server = new TcpListener(IPAddress.Parse("127.0.0.1"), 0);
        server.Start();
        await using var runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1 });
        var options = new LanewayStoreOptions { ConnectionString = At(form, server) };
        Task<LanewayClient> opening = runtime.OpenAsync(options);
        using Socket accepted = await server.AcceptSocketAsync();
        var exception = await Assert.ThrowsAsync<LanewayException>(() => opening.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("no answer within 1 second", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Closing_does_not_wait_for_an_opening()
    {
        using var server = new TcpListener(IPAddress.Parse("127.0.0.1"), 0);
        server.Start();
        string database = At("Host=127.0.0.1;Port={0};Username=u;Database=d;Timeout=3600", server);
        await using var runtime = new LanewayRuntime(new LanewayRuntimeOptions { WorkerThreads = 1 });
        Task<LanewayClient> opening = runtime.OpenAsync(new LanewayStoreOptions { ConnectionString = database });
        using Socket accepted = await server.AcceptSocketAsync();
        await runtime.CloseAsync(TimeSpan.Zero).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => opening);
    }

    private static string At(string form, TcpListener server) =>
        form.Replace("{0}", $"{((IPEndPoint)server.LocalEndpoint).Port}", StringComparison.Ordinal);

    private static string? Refusal(string connectionString)
    {
        try
        {
            LanewayStoreOptions.CheckConnectionString(connectionString);
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }

    private static string Repository(string file)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cargo.toml")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder!.FullName, file);
    }
}
