# Redis: one server, and a cluster of three nodes.

url_of_redis() { echo "redis://127.0.0.1:$((port + 2))/0"; }

url_of_redis_cluster() {
  local a=127.0.0.1:$((port + 3)) b=127.0.0.1:$((port + 4)) c=127.0.0.1:$((port + 5))
  echo "redis://$a?cluster=$a,$b,$c"
}

make_redis() { :; }
run_redis() { redis_server "$1" $((port + 2)); }

make_redis_cluster() { mkdir "$1"/{3,4,5}; }

run_redis_cluster() {
  local node
  for node in 3 4 5; do
    redis_server "$1/$node" $((port + node)) --cluster-enabled yes --cluster-port $((port + node + 3))
  done
}

join_redis_cluster() {
  local node nodes=()
  for node in 3 4 5; do
    nodes+=("127.0.0.1:$((port + node))")
  done
  redis-cli --cluster create "${nodes[@]}" --cluster-yes >"$1/create.log" || { cat "$1/create.log" >&2; return 1; }
  for node in 3 4 5; do
    wait_until 300 "$1/$node/log" cluster_is_ready $((port + node))
  done
}

cluster_is_ready() { redis-cli -p "$1" cluster info | grep -q cluster_state:ok; }

redis_server() { # redis_server FOLDER PORT OPTION…
  local folder=$1 p=$2 speed=(--appendonly no)
  shift 2
  command -v redis-server >/dev/null || fail 'redis: Redis is not installed; install it, or name servers in ASYNCZ_TEST_REDIS_URL and …_REDIS_CLUSTER_URL'
  if [ "$mode" = durable ]; then speed=(--appendonly yes --appendfsync "${ASYNCZ_SERVICES_APPENDFSYNC:-everysec}"); fi
  # The title of the process keeps its folder, by which it is known again.
  spawn "$folder/log" redis-server --bind 127.0.0.1 --port "$p" --dir "$folder/" --save '' "${speed[@]}" --set-proc-title no "$@" >"$folder/pid"
  wait_until 300 "$folder/log" greet redis 127.0.0.1 "$p"
}
