# Runs a throw-away PostgreSQL and sees to its end. Its standard input is a pipe whose other end only the process
# that started it holds: when that process closes it, or ends in whatever way (SIGKILL included), the pipe reaches
# its end, the server is stopped, and the folder removed. A line "keep" lets the server outlive that process: it then
# runs until it is stopped. The log of server and initdb goes to standard error.
#
#   sh watchdog.sh FOLDER INITDB POSTGRES [server option…]
folder=$1 initdb=$2 postgres=$3
shift 3
exec 3<&0

"$initdb" --pgdata="$folder/data" --username=laneway --pwfile="$folder/password" \
    --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C --no-sync \
    </dev/null >&2 3<&- || { rm -rf "$folder"; exit 1; }

"$postgres" -D "$folder/data" "$@" </dev/null >&2 3<&- &
server=$!
# SIGQUIT is the immediate shutdown: nothing in there is worth a checkpoint. Again and again: a server that has just begun
# does not hear it, since a shell lets what it starts in the background ignore it.
{ read -r word <&3; [ "$word" = keep ] || while kill -QUIT "$server" 2>/dev/null; do sleep 0.1; done; } &
watcher=$!
exec 3<&-

wait "$server"
status=$?
kill "$watcher" 2>/dev/null
rm -rf "$folder"
exit "$status"
