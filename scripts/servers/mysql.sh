# MariaDB.

url_of_mysql() { echo "mysql://test:open-sesame@127.0.0.1:$((port + 1))/test"; }

make_mysql() {
  local user=()
  command -v mariadbd >/dev/null || fail 'mysql: MariaDB is not installed; install it, or name a server in ASYNCZ_TEST_MYSQL_URL'
  mkdir "$1/data"
  if root; then user=(--user=mysql) && chown mysql "$1" "$1/data"; fi
  mariadb-install-db --no-defaults "${user[@]}" --datadir="$1/data" --tmpdir="$1" --skip-test-db --skip-name-resolve >"$1/install.log" 2>&1 ||
    { tail -n 20 "$1/install.log" >&2; return 1; }
  cat >"$1/init.sql" <<'SQL'
CREATE DATABASE IF NOT EXISTS test CHARACTER SET utf8mb4;
CREATE OR REPLACE USER test@'127.0.0.1' IDENTIFIED BY 'open-sesame';
GRANT ALL ON *.* TO test@'127.0.0.1' WITH GRANT OPTION;
SQL
}

run_mysql() {
  local user=() speed=()
  if root; then user=(--user=mysql); fi
  if [ "$mode" = quick ]; then speed=(--innodb-flush-log-at-trx-commit=0 --skip-innodb-doublewrite); fi
  # The socket is relative to the data folder, because its path may have about a hundred bytes only.
  spawn "$1/log" mariadbd --no-defaults "${user[@]}" --datadir="$1/data" --tmpdir="$1" --init-file="$1/init.sql" \
    --bind-address=127.0.0.1 --port=$((port + 1)) --socket=mysql.sock --skip-name-resolve \
    --max-connections=200 --performance-schema=OFF --innodb-buffer-pool-size=256M --innodb-log-file-size=256M \
    "${speed[@]}" >"$1/pid"
  wait_until 300 "$1/log" greet mysql 127.0.0.1 $((port + 1))
}
