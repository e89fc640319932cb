//! libpq's words, as of PostgreSQL 18.
//! <https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS>

use super::word::Treatment::{Honoured, NoConcern, Only, Refused};
use super::word::Word;

const NO_GSSAPI: &str = "GSSAPI is not spoken; a server that asks for it is reported";
const NO_OAUTH: &str = "OAuth is not spoken: give the role a password or a client certificate";
const NO_SCRAM_KEYS: &str = "log in with the password itself";

pub(crate) const LIBPQ: &[Word] = &[
    Word::new("host", Honoured("names, addresses or folders of sockets, separated by commas")).by("PGHOST"),
    Word::new("hostaddr", Honoured("addresses, which spare looking up the hosts' names")).by("PGHOSTADDR"),
    Word::new("port", Honoured("one for all hosts, or one each; 5432 where none is given")).by("PGPORT"),
    Word::new("dbname", Honoured("the database; by default named as the user")).by("PGDATABASE"),
    Word::new("user", Honoured("the role; by default the operating system's user")).by("PGUSER"),
    Word::new("password", Honoured("never shown")).by("PGPASSWORD"),
    Word::new(
        "passfile",
        Honoured("the file of passwords, by default ~/.pgpass; ignored with a warning where others may read it"),
    )
    .by("PGPASSFILE"),
    Word::new("service", Honoured("a section of a service file")).by("PGSERVICE"),
    Word::new("servicefile", Honoured("the service file, by default ~/.pg_service.conf, then the system's"))
        .by("PGSERVICEFILE"),
    Word::new(
        "connect_timeout",
        Honoured("seconds for each host's connection, TLS and login together; 10 where it is not set, or 0"),
    )
    .by("PGCONNECT_TIMEOUT"),
    Word::new(
        "target_session_attrs",
        Only(
            &["any", "read-write", "primary"],
            "only a server that can be written to is of use: read-write, which is the default",
        ),
    )
    .by("PGTARGETSESSIONATTRS"),
    Word::new("load_balance_hosts", Only(&["disable", "random"], "use disable (in the order given) or random"))
        .by("PGLOADBALANCEHOSTS"),
    Word::new("application_name", Honoured("what pg_stat_activity shows")).by("PGAPPNAME"),
    Word::new("fallback_application_name", Honoured("application_name where that is not set")),
    Word::new("options", Honoured("settings for the session, such as -c work_mem=64MB")).by("PGOPTIONS"),
    Word::new(
        "client_encoding",
        NoConcern("documents are UTF-8, and so is what is sent, whatever the terminal's encoding"),
    )
    .by("PGCLIENTENCODING"),
    Word::new("keepalives", Only(&["0", "1"], "use 1 (on) or 0 (off)")),
    Word::new("keepalives_idle", Honoured("seconds without traffic before the first probe; 30 where it is not set")),
    Word::new("keepalives_interval", Honoured("seconds between probes; by default the system's")),
    Word::new("keepalives_count", Honoured("lost probes before the connection is given up; by default the system's")),
    Word::new("tcp_user_timeout", Honoured("milliseconds that sent data may stay unacknowledged (Linux)")),
    Word::new("sslmode", Honoured("disable, allow, prefer (the default), require, verify-ca or verify-full"))
        .by("PGSSLMODE"),
    Word::new(
        "sslnegotiation",
        Only(&["postgres", "direct"], "use postgres, or direct with sslmode=require or stricter (PostgreSQL 17)"),
    )
    .by("PGSSLNEGOTIATION"),
    Word::new(
        "sslrootcert",
        Honoured(
            "whom to trust: a PEM file, by default ~/.postgresql/root.crt, or `system`; expired ones do not count",
        ),
    )
    .by("PGSSLROOTCERT"),
    Word::new("sslcert", Honoured("the client's certificate, by default ~/.postgresql/postgresql.crt")).by("PGSSLCERT"),
    Word::new("sslkey", Honoured("its key, which only its owner may read; by default ~/.postgresql/postgresql.key"))
        .by("PGSSLKEY"),
    Word::new(
        "sslcertmode",
        Only(&["disable", "allow"], "use allow, and let the server insist (clientcert in pg_hba.conf)"),
    )
    .by("PGSSLCERTMODE"),
    Word::new(
        "sslpassword",
        Refused("keep the key unencrypted, readable by its owner only: openssl pkey -in encrypted.key -out plain.key"),
    ),
    Word::new("sslcrl", Honoured("certificates that were revoked, by default ~/.postgresql/root.crl")).by("PGSSLCRL"),
    Word::new("sslcrldir", Honoured("a folder of such files")).by("PGSSLCRLDIR"),
    Word::new("sslsni", Only(&["0", "1"], "use 1 (the host's name is sent) or 0")).by("PGSSLSNI"),
    Word::new("sslcompression", NoConcern("TLS is never compressed; libpq ignores it too")).by("PGSSLCOMPRESSION"),
    Word::new(
        "ssl_min_protocol_version",
        Only(&["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"], "use TLSv1.2 or TLSv1.3; nothing older is spoken"),
    )
    .by("PGSSLMINPROTOCOLVERSION"),
    Word::new(
        "ssl_max_protocol_version",
        Only(&["TLSv1.2", "TLSv1.3"], "use TLSv1.2 or TLSv1.3; nothing older is spoken"),
    )
    .by("PGSSLMAXPROTOCOLVERSION"),
    Word::new("sslkeylogfile", Refused("keys of connections are not written out: remove it")),
    Word::new("channel_binding", Only(&["disable", "prefer", "require"], "use disable, prefer or require"))
        .by("PGCHANNELBINDING"),
    Word::new(
        "require_auth",
        Refused("remove it; channel_binding=require insists on SCRAM, and on the server that TLS was agreed with"),
    )
    .by("PGREQUIREAUTH"),
    Word::new(
        "requirepeer",
        Refused("remove it: reach the server by a folder of sockets that only its user may write to, or by TLS"),
    )
    .by("PGREQUIREPEER"),
    Word::new("min_protocol_version", Only(&["3.0"], "remove it, or use 3.0, the version that is spoken"))
        .by("PGMINPROTOCOLVERSION"),
    Word::new(
        "max_protocol_version",
        Only(&["3.0", "3.2", "latest"], "use 3.0, the version that is spoken, or latest"),
    )
    .by("PGMAXPROTOCOLVERSION"),
    Word::new(
        "gssencmode",
        Only(&["disable", "prefer"], "GSSAPI is not spoken: use disable, and sslmode=require for encryption"),
    )
    .by("PGGSSENCMODE"),
    Word::new("krbsrvname", NoConcern(NO_GSSAPI)).by("PGKRBSRVNAME"),
    Word::new("gsslib", NoConcern(NO_GSSAPI)).by("PGGSSLIB"),
    Word::new("gssdelegation", NoConcern(NO_GSSAPI)).by("PGGSSDELEGATION"),
    Word::new("scram_client_key", Refused(NO_SCRAM_KEYS)),
    Word::new("scram_server_key", Refused(NO_SCRAM_KEYS)),
    Word::new("oauth_issuer", Refused(NO_OAUTH)),
    Word::new("oauth_client_id", Refused(NO_OAUTH)),
    Word::new("oauth_client_secret", Refused(NO_OAUTH)),
    Word::new("oauth_scope", Refused(NO_OAUTH)),
    Word::new(
        "replication",
        Only(&["false", "off", "no", "0"], "a replication connection cannot write documents: remove it"),
    ),
];
