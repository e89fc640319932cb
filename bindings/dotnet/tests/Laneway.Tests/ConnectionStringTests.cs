namespace Laneway.Tests;

using Laneway.Internal;

public sealed class ConnectionStringTests
{
    [Theory]
    [InlineData("Host=db;Database=dms;Username=u;Password=\"a'b\\c\"", "host='db' dbname='dms' user='u' password='a\\'b\\\\c'")]
    [InlineData("server=a:1,b;user id=u", "port='1,5432' host='a,b' user='u'")]
    [InlineData("Host=/var/run/postgresql;Port=5433;Timeout=3", "host='/var/run/postgresql' port='5433' connect_timeout='3'")]
    [InlineData("Host=::1;Maximum Pool Size=9;SSL Mode=Prefer", "host='::1'")]
    [InlineData("Host=h;Target Session Attributes=primary", "host='h' target_session_attrs='read-write'")]
    [InlineData("postgres://u:p@h/d?x=y", "postgres://u:p@h/d?x=y")]
    public void Npgsql_s_words_become_libpq_s(string npgsql, string libpq) =>
        Assert.Equal(libpq, ConnectionString.ToLibpq(npgsql));

    [Theory]
    [InlineData("Host=h;SSL Mode=Require", "ssl mode", "Require")]
    [InlineData("Host=h;Passfile=secret", "passfile", "…")]
    [InlineData("Host=h;Search Path=dms", "search path", "…")]
    [InlineData("Host=h;Target Session Attributes=standby", "target session attributes", "standby")]
    public void A_keyword_that_is_not_supported_is_named(string npgsql, string key, string value)
    {
        var exception = Assert.Throws<LanewayException>(() => ConnectionString.ToLibpq(npgsql));
        Assert.Contains($"'{key}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"'{value}'", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }
}
