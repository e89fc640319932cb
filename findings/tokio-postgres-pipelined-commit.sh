#!/usr/bin/env bash
# tokio-postgres 0.7.18 (postgres-types 0.2.14) on PostgreSQL 15.
#
# A transaction is pipelined: BEGIN, two inserts and COMMIT are polled together, as the crate's documentation suggests for
# fewer round trips. The parameter of the second insert has a type that the client cannot encode. One would expect that a failed
# statement aborts the transaction, as any error of the server's does. But this one is refused on the client, so it is
# never sent: the server sees BEGIN, the first insert and COMMIT, and commits half of the transaction.
#
# Output seen:
#   second insert: error serializing parameter 0
#   commit: ok
#   rows stored: 1
#
# What to do: look at every statement's result before COMMIT is queued, and queue ROLLBACK if one failed. Encoding happens when a
# future is first polled, so that costs no round trip.
set -euo pipefail

folder=$(mktemp -d)
server=
stop() {
    [ -z "$server" ] || as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
bin=${LANEWAY_POSTGRES_BIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)}
# initdb refuses root.
as_owner() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }
mkdir "$folder/data" "$folder/socket" && chmod 755 "$folder"
[ "$(id -u)" != 0 ] || chown postgres "$folder/data" "$folder/socket"
as_owner "$bin/initdb" -D "$folder/data" -U finder -A trust >/dev/null
as_owner "$bin/pg_ctl" -D "$folder/data" -w -o "-c listen_addresses= -k $folder/socket" start >/dev/null
server=started

mkdir -p "$folder/program/src" && cd "$folder/program"
cat >Cargo.toml <<'END'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"

[workspace]

[dependencies]
futures-util = "=0.3.34"
postgres-types = "=0.2.14"
tokio = { version = "=1.54.1", features = ["macros", "rt"] }
tokio-postgres = "=0.7.18"
END
cat >src/main.rs <<'END'
use futures_util::join;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let settings = format!("host={} user=finder dbname=postgres", std::env::args().nth(1).unwrap());
    let (client, connection) = tokio_postgres::connect(&settings, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("CREATE TABLE t (n int)").await.unwrap();
    let insert = client.prepare("INSERT INTO t VALUES ($1)").await.unwrap();
    let (_, first, second, commit) = join!(
        client.batch_execute("BEGIN"),
        client.execute(&insert, &[&1_i32]),
        client.execute(&insert, &[&"two"]),
        client.batch_execute("COMMIT"),
    );
    first.unwrap();
    println!("second insert: {}", second.unwrap_err());
    println!("commit: {}", commit.map_or_else(|error| error.to_string(), |()| "ok".to_owned()));
    let rows: i64 = client.query_one("SELECT count(*) FROM t", &[]).await.unwrap().get(0);
    println!("rows stored: {rows}");
}
END
CARGO_TARGET_DIR="$folder/target" cargo run --quiet -- "$folder/socket" | tee "$folder/output"
diff "$folder/output" - <<'END'
second insert: error serializing parameter 0
commit: ok
rows stored: 1
END
