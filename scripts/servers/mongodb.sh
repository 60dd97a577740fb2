# MongoDB: mongod where there is one, and otherwise FerretDB.

url_of_mongodb() { echo "mongodb://127.0.0.1:$((port + 9))/test"; }

make_mongodb() {
  mkdir "$1/data"
  if ! command -v mongod >/dev/null; then make_ferretdb "$1"; return; fi
  command -v mongosh >/dev/null || fail 'mongodb: mongod is installed, and mongosh is not, which makes it a replica set; install it, or name a server in ASYNCZ_TEST_MONGODB_URL'
}

run_mongodb() {
  local p=$((port + 9))
  if [ -x "$1/ferretdb" ]; then
    spawn "$1/log" "$1/ferretdb" -listen 127.0.0.1:$p -data "$1/data" >"$1/pid"
  else
    spawn "$1/log" mongod --dbpath "$1/data" --bind_ip 127.0.0.1 --port $p --replSet test >"$1/pid"
  fi
  wait_until 300 "$1/log" greet mongodb 127.0.0.1 $p
}

# join_mongodb makes mongod a replica set of one node, because change streams need a replica set.
join_mongodb() {
  local p=$((port + 9))
  [ ! -x "$1/ferretdb" ] || return 0
  mongosh --quiet --port $p --eval "
    rs.initiate({_id: 'test', members: [{_id: 0, host: '127.0.0.1:$p'}]})
    while (!db.hello().isWritablePrimary) sleep(50)" >"$1/initiate.log" || { cat "$1/initiate.log" >&2; return 1; }
}

# make_ferretdb builds FerretDB, which takes a minute or two the first time, and seconds when Go remembers its parts.
make_ferretdb() {
  command -v go >/dev/null || fail 'mongodb: there is neither mongod nor Go to build FerretDB with; name a server in ASYNCZ_TEST_MONGODB_URL'
  (cd "$scripts/ferretdb" && GOWORK=off CGO_ENABLED=0 go build -o "$1/ferretdb" .) >"$1/build.log" 2>&1 || { tail -n 20 "$1/build.log" >&2; return 1; }
}
