//! Npgsql's words, as of its version 10, and those of earlier ones that are still found in settings.
//! <https://www.npgsql.org/doc/connection-string-parameters.html>

use super::word::Treatment::{Honoured, Means, NoConcern, Only, Refused};
use super::word::Word;

const POOL: &str = "the pool of Npgsql; a store has its own, bounded by its options";
const STATEMENTS: &str = "how Npgsql runs statements; a store's own are prepared and bounded by its options";
const BUFFERS: &str = "buffers of Npgsql";
const TYPES: &str = "how Npgsql reads types";
const LOGGING: &str = "what Npgsql logs and reports";
const NO_GSSAPI: &str = "GSSAPI is not spoken; a server that asks for it is reported";

pub(crate) const NPGSQL: &[Word] = &[
    Word::new("Host", Means("host")).or(&["Server"]),
    Word::new("Port", Means("port")),
    Word::new("Database", Means("dbname")).or(&["DB"]),
    Word::new("Username", Means("user")).or(&["User Id", "UID", "User"]),
    Word::new("Password", Means("password")).or(&["PSW", "PWD"]),
    Word::new("Passfile", Means("passfile")),
    Word::new("Application Name", Means("application_name")),
    Word::new("Timeout", Means("connect_timeout")),
    Word::new("Options", Means("options")),
    Word::new("SSL Mode", Means("sslmode")),
    Word::new("SSL Negotiation", Means("sslnegotiation")),
    Word::new("SSL Certificate", Means("sslcert")),
    Word::new("SSL Key", Means("sslkey")),
    Word::new("SSL Password", Means("sslpassword")),
    Word::new("Root Certificate", Means("sslrootcert")),
    Word::new(
        "Trust Server Certificate",
        Honoured(
            "true: any certificate is accepted, also where ~/.postgresql/root.crt is there; not with VerifyCA or VerifyFull",
        ),
    ),
    Word::new(
        "Check Certificate Revocation",
        Only(&["false"], "authorities are not asked over the network: name a list by PGSSLCRL"),
    ),
    Word::new("Channel Binding", Means("channel_binding")),
    Word::new("Require Auth", Means("require_auth")),
    Word::new("GSS Encryption Mode", Means("gssencmode")),
    Word::new("Kerberos Service Name", NoConcern(NO_GSSAPI)),
    Word::new("Include Realm", NoConcern(NO_GSSAPI)),
    Word::new("Integrated Security", Only(&["false"], "GSSAPI is not spoken: give a user and a password")),
    Word::new("Target Session Attributes", Means("target_session_attrs")),
    Word::new("Load Balance Hosts", Means("load_balance_hosts")),
    Word::new("Host Recheck Seconds", NoConcern("each connection looks for the server that can be written to")),
    Word::new("Keepalive", Means("keepalives_idle")),
    Word::new("TCP Keepalive", Means("keepalives")),
    Word::new("TCP Keepalive Time", Means("keepalives_idle")),
    Word::new("TCP Keepalive Interval", Means("keepalives_interval")),
    Word::new("Client Encoding", Means("client_encoding")),
    Word::new("Encoding", Means("client_encoding")),
    Word::new("Timezone", NoConcern("what is written is UTC in any zone")),
    Word::new("Search Path", NoConcern("every table is named with its schema")),
    Word::new("Replication Mode", Only(&["off"], "a replication connection cannot write documents: remove it")),
    Word::new(
        "Server Compatibility Mode",
        Only(&["none", "notypeloading"], "only PostgreSQL itself is supported: remove it"),
    ),
    Word::new("Pooling", NoConcern(POOL)),
    Word::new("Minimum Pool Size", NoConcern(POOL)).or(&["Min Pool Size"]),
    Word::new("Maximum Pool Size", NoConcern(POOL)).or(&["Max Pool Size"]),
    Word::new("Connection Idle Lifetime", NoConcern(POOL)),
    Word::new("Connection Pruning Interval", NoConcern(POOL)),
    Word::new("Connection Lifetime", NoConcern(POOL)).or(&["Load Balance Timeout"]),
    Word::new("No Reset On Close", NoConcern(POOL)),
    Word::new("Enlist", NoConcern("transactions are a store's own")),
    Word::new("Command Timeout", NoConcern(STATEMENTS)),
    Word::new("Internal Command Timeout", NoConcern(STATEMENTS)),
    Word::new("Cancellation Timeout", NoConcern(STATEMENTS)),
    Word::new("Max Auto Prepare", NoConcern(STATEMENTS)),
    Word::new("Auto Prepare Min Usages", NoConcern(STATEMENTS)),
    Word::new("Multiplexing", NoConcern(STATEMENTS)),
    Word::new("Write Coalescing Buffer Threshold Bytes", NoConcern(BUFFERS)).or(&["Write Coalescing Delay Us"]),
    Word::new("Read Buffer Size", NoConcern(BUFFERS)),
    Word::new("Write Buffer Size", NoConcern(BUFFERS)),
    Word::new("Socket Receive Buffer Size", NoConcern(BUFFERS)),
    Word::new("Socket Send Buffer Size", NoConcern(BUFFERS)),
    Word::new("Buffer Size", NoConcern(BUFFERS)),
    Word::new("Load Table Composites", NoConcern(TYPES)),
    Word::new("Array Nullability Mode", NoConcern(TYPES)),
    Word::new("Convert Infinity DateTime", NoConcern(TYPES)),
    Word::new("EF Template Database", NoConcern("for tools that create databases")),
    Word::new("EF Admin Database", NoConcern("for tools that create databases")).or(&["Entity Admin Database"]),
    Word::new("Include Error Detail", NoConcern(LOGGING)).or(&["Include Error Details"]),
    Word::new("Include Failed Batched Command", NoConcern(LOGGING)),
    Word::new("Log Parameters", NoConcern(LOGGING)),
    Word::new("Use Perf Counters", NoConcern(LOGGING)),
    Word::new("Persist Security Info", NoConcern("a password is never shown")),
    Word::new("Use SSL Stream", NoConcern("how Npgsql encrypts")),
    Word::new("Backend Timeouts", NoConcern(STATEMENTS)),
    Word::new("Preload Reader", NoConcern(BUFFERS)),
    Word::new("Use Extended Types", NoConcern(TYPES)),
    Word::new("Client Certificate", Refused("name it by SSL Certificate, and its key by SSL Key")),
    Word::new("Client Certificate Key", Refused("name it by SSL Key")),
];
