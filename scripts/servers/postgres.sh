# PostgreSQL. It refuses to run as root.

# postgres_programs prints the folder of initdb, postgres and pg_ctl: the newest of Debian's, or that on the PATH.
postgres_programs() {
  local found
  found=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)
  found=${found:-$(command -v initdb || true)}
  [ -z "$found" ] || dirname "$(realpath "$found")"
}

url_of_postgres() { echo "postgres://postgres@127.0.0.1:$port/test?sslmode=disable"; }

make_postgres() {
  local data=$1/data programs
  programs=$(postgres_programs)
  [ -n "$programs" ] || fail 'postgres: PostgreSQL is not installed; install it, or name a server in ASYNCZ_TEST_POSTGRES_URL'
  if root; then chown postgres "$1"; fi
  cd "$1"
  as postgres "$programs/initdb" -D "$data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$1/initdb.log" 2>&1 ||
    { tail -n 20 "$1/initdb.log" >&2; return 1; }
  {
    echo "port = $port"
    echo "listen_addresses = '127.0.0.1'"
    echo "unix_socket_directories = ''"
    echo 'max_connections = 200'
    echo 'shared_buffers = 256MB'
    if [ "$mode" = quick ]; then
      echo 'fsync = off'
      echo 'synchronous_commit = off'
      echo 'full_page_writes = off'
    fi
  } >>"$data/postgresql.conf"
}

run_postgres() {
  local data=$1/data
  cd "$1"
  # After a crash its other processes hold its memory until they notice, a moment later.
  wait_until 300 "$data/log" as postgres "$(postgres_programs)/pg_ctl" start -D "$data" -l "$data/log" -w -t 300
}

join_postgres() { "$(postgres_programs)/createdb" -h 127.0.0.1 -p "$port" -U postgres test; }
