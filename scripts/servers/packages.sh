# Programs that are missing, installed from Debian's packages.

# package_of NAME prints the package that is missing for a server, if any.
package_of() {
  case $1 in
  postgres) [ -n "$(postgres_programs)" ] || echo postgresql ;;
  mysql) command -v mariadbd >/dev/null || echo mariadb-server ;;
  redis*) command -v redis-server >/dev/null || echo redis-server ;;
  esac
}

# install_packages NAME… installs what is missing for these servers.
install_packages() {
  local name missing
  missing=($(for name in "$@"; do package_of "$name"; done | sort -u))
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! root || ! command -v apt-get >/dev/null; then
    say "not installed: ${missing[*]}; install them, or run this once as root on Debian"
    return 1
  fi
  say "installing ${missing[*]}"
  ( # the packages' own servers are not to be started
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
      trap 'rm -f $policy' EXIT
      printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy
    fi
    config=/etc/postgresql-common/createcluster.conf
    [ -e $config ] || { mkdir -p "${config%/*}" && echo 'create_main_cluster = false' >$config; }
    export DEBIAN_FRONTEND=noninteractive
    { apt-get -q update && apt-get -q install -y --no-install-recommends "${missing[@]}"; } </dev/null >"$dir/install.log" 2>&1
  ) || { tail -n 20 "$dir/install.log" >&2; return 1; }
}
