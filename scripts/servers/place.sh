# Where the data of the servers is, and on which ports they listen.

# find_data sets dir, the folder for data, and port, the first of ten. They are the
# same in each call from one checkout, and others in each other checkout.
find_data() {
  local checkout
  checkout=$(printf %s "$scripts" | cksum | cut -d' ' -f1)
  local parent=${TMPDIR:-/tmp}
  # Servers that root starts run as users of their own, who may not enter a private folder.
  if root && ! runuser -u nobody -- test -x "$parent"; then parent=/tmp; fi
  dir=${ASYNCZ_SERVICES_DIR:-${parent%/}/asyncz-services-$(id -u)-$checkout}
  marks=${parent%/}/asyncz-services-port
  port=$(cat "$dir/port" 2>/dev/null || echo "${ASYNCZ_SERVICES_PORT:-$((lowest + checkout % blocks * 10))}")
}

# The ports lie below the range from which systems take those of outgoing connections.
lowest=20000 blocks=900

# free_ports moves on to the next ten ports as long as any of them is taken.
free_ports() {
  until [ -n "${ASYNCZ_SERVICES_PORT:-}" ] || [ -s "$dir/port" ] || { all_free "$port" && claim_ports "$port"; }; do
    port=$((lowest + (port - lowest + 10) % (blocks * 10)))
  done
  echo "$port" >"$dir/port"
}

# claim_ports FIRST marks ports as those of this folder, and fails when they are
# another's, whose servers may be down just now.
claim_ports() {
  local mark=$marks-$1 owner
  if (set -C && echo "$dir" >"$mark") 2>/dev/null; then return; fi
  owner=$(cat "$mark" 2>/dev/null) || return 1
  [ "$owner" = "$dir" ] || { [ ! -e "$owner" ] && echo "$dir" >"$mark"; }
}

# leave_ports takes the mark away.
leave_ports() {
  if [ "$(cat "$marks-$port" 2>/dev/null)" = "$dir" ]; then rm -f "$marks-$port"; fi
}

all_free() { # all_free PORT: nobody listens on it and the nine after it
  local p
  for ((p = $1; p < $1 + 10; p++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; then return 1; fi
  done
}

root() { [ "$(id -u)" = 0 ]; }

# as USER COMMAND… runs the command as that user if root runs this, and else as it is.
as() {
  local user=$1; shift
  if root; then runuser -u "$user" -- "$@"; else "$@"; fi
}
