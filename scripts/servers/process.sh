# Processes of servers: that they end with nothing but their signal, and only they.

# spawn LOG COMMAND… starts a server that outlives this script and its terminal,
# and prints its process id.
spawn() {
  local log=$1; shift
  $(command -v setsid) "$@" </dev/null >"$log" 2>&1 &
  echo $!
}

# wait_until SECONDS LOG COMMAND… waits until the command succeeds; if it doesn't, or the server whose
# pid is beside the log has ended, shows the log.
wait_until() {
  local end=$((SECONDS + $1)) log=$2 pid; shift 2
  pid=$(cat "${log%/*}/pid" 2>/dev/null || true)
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ] || { [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; }; then
      tail -n 20 "$log" >&2 || true
      return 1
    fi
    sleep 0.05
  done
}

# end NAME SIGNAL ends the processes of a server, and leaves its data.
end() {
  local file pid
  for file in "$dir/$1"/pid "$dir/$1"/*/pid "$dir/$1"/data/postmaster.pid; do
    [ -s "$file" ] || continue
    pid=$(head -n 1 "$file")
    belongs_here "$pid" || continue
    kill "-$2" "$pid"
    wait_until 30 /dev/null eval "! belongs_here $pid"
  done
}

# stop NAME ends a server, and removes its data: so nothing need be saved.
stop() {
  # PostgreSQL leaves shared memory behind when it is killed; QUIT ends it at once too.
  case $1 in postgres) end "$1" QUIT ;; *) end "$1" KILL ;; esac
  rm -rf "${dir:?}/$1"
}

# belongs_here PID tells whether a process was started with a folder of ours, and
# is not one that got the number of one that ended.
belongs_here() {
  { tr '\0' ' ' <"/proc/$1/cmdline" || ps -o args= -p "$1"; } 2>/dev/null | grep -qF "$dir/"
}
