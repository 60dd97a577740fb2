# Whether a server answers, found out by greeting it in its own protocol.

# answers NAME tells whether the given server, or else the one started here, answers.
answers() {
  local address found
  found=$(addresses "$1") || return 1
  for address in $found; do
    greet "$1" "${address%:*}" "${address##*:}" || return 1
  done
}

# addresses NAME prints host:port of all nodes that the URL names, and fails when there is no URL.
addresses() {
  local u hosts host
  u=$(url "$1")
  [ -n "$u" ] || return 1
  case $u in mongodb+srv:*) return 0 ;; esac # its hosts are known to the name server alone
  hosts=${u#*://}
  hosts=${hosts%%[/?]*}
  hosts=${hosts##*@}
  case $u in *[?\&]cluster=*) hosts=${u##*[?&]cluster=} hosts=${hosts%%&*} ;; esac
  for host in ${hosts//,/ }; do
    case $host in *:*) ;; *) host=$host:$(usual_port "$1") ;; esac
    echo "$host" | tr -d '[]'
  done
}

usual_port() {
  case $1 in postgres) echo 5432 ;; mysql) echo 3306 ;; redis*) echo 6379 ;; mongodb) echo 27017 ;; esac
}

# greet NAME HOST PORT tells whether a server says anything within half a minute, which a busy one may take.
# One that wants TLS from the first byte says something too.
greet() {
  local hello=
  case $1 in
  postgres) hello='\x00\x00\x00\x08\x04\xd2\x16\x2f' ;; # the request for TLS, which is answered with a letter
  mysql) ;;                                             # it speaks first
  redis*) hello='PING\r\n' ;;
  mongodb) # {ping: 1, $db: "admin"} in an OP_MSG
    hello='\x33\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0'
    hello+='\x1e\0\0\0\x10ping\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0'
    ;;
  esac
  (exec 3<>"/dev/tcp/$2/$3" && printf "$hello" >&3 && LC_ALL=C read -r -N 1 -t 30 -u 3) 2>/dev/null
}
