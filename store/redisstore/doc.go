// Package redisstore keeps tasks in Redis: one server, one behind sentinels, or a
// cluster. It is tested with Redis 7.0, and uses nothing that Redis 5 has not.
//
// [Open] connects by a URL, by options, or by both; [New] uses a client of
// package github.com/redis/rueidis that the program has already. The package
// registers the aliases "redis" and "rediss" with package store.
//
//	redis://user:password@host:6379/0          database 0
//	rediss://host:6379/0                       with TLS
//	redis+unix:///run/redis.sock?database=0    a Unix socket
//	redis://?cluster=h1:6379,h2:6379           some nodes of a cluster
//	redis://?sentinel=h1:26379,h2:26379&master_name=mymaster
//
// The same in configuration; in a URL they are parameters of the query:
//
//	type: redis
//	database: 0
//	tasks_key: asyncz.tasks            # a hash
//	run_times_key: asyncz.run_times    # a sorted set
//	host: localhost
//	port: 6379
//	url: redis://localhost:6379/0      # in place of host, port and the like
//	socket: /run/redis.sock            # in place of host and port
//	username: asyncz
//	password: …
//	tls: true                          # and tls_ca, tls_cert, tls_key: files; tls_server_name
//	cluster: [h1:6379, h2:6379]        # in place of host and port
//	sentinel: [h1:26379, h2:26379]     # in place of host and port
//	master_name: mymaster              # which the sentinels watch
//	sentinel_username: …               # and sentinel_password
//	dial_timeout: 5                    # seconds to make a connection
//	timeout: 10                        # seconds of silence after which it is given up
//	pool_size: 0                       # connections; 0: by the number of processors
//
// # Keys
//
// The hash has the records, named by their ids: revision, due time, label and
// data in one value. The sorted set has one entry a record, all with the score 0,
// so that Redis orders them by their bytes: label, due time, id. A due time in the
// score itself would lose microseconds, for a score is a float; and with the label
// first, what is due for one executor is found without passing what is due for
// others, and ties are by id. All labels are found by skipping from one to the
// next. Every other key begins with tasks_key and a colon: ":history" is the history
// of runs and ":history:audit" the one named audit, both sorted sets, ":nodes" the
// nodes, and the channel ":wake" wakes other nodes. So all of them share the hash
// tag of tasks_key; a cluster wants one in both keys, such as {asyncz}.tasks and
// {asyncz}.run_times.
//
// The hash is what counts. When the sorted set is lost, or lacks something as the
// store is opened, it is made anew from the hash.
//
// # What a write is worth
//
// Every write is one script, so it is whole or not at all, and other clients see
// it at once. Whether it outlives a crash is up to the server: with appendonly yes
// and appendfsync always it is on disk when the method returns; with everysec,
// Redis' default, a power cut takes back up to the last second or two; with
// neither a file of commands nor snapshots a restart takes everything. Replication
// is asynchronous: a fail-over takes back what the new master had not received.
// Check tells which of this a server is set up for.
//
// A fail-over is followed: by way of the sentinels, of the cluster, or, behind a
// name that leads to the master, by connecting anew when the server says that it
// has become a replica. No store has to be opened again.
//
// When an answer is lost, the write may have been done: the error wraps
// store.ErrUnreachable, and the write is not sent again behind the caller's back.
//
// # The client
//
// rueidis 1.0.79 beside go-redis 9.23.0, with the scripts of a first version of
// this package, records of 300 bytes, Redis 7.0 on the same host with two cores,
// both in one run, the better of two rounds, in records a second:
//
//	                     goroutines    rueidis    go-redis
//	claim of 100         1             183,000    181,000
//	                     16            264,000    265,000
//	batch of 100         1             192,000    187,000
//	                     16            295,000    298,000
//	batch of 1000        1             264,000    271,000
//	                     16            305,000    303,000
//	single write         1              14,800     27,000 (15,100 in the other round)
//	                     16             81,000     59,000
//	single write, p50    16             0.19 ms    0.24 ms
//
// The scripts' work in the server decides, but for single writes from many
// goroutines, which rueidis sends together. It has further points: it does not
// resend a script whose answer is lost, also when the client comes from the
// program (go-redis does by default, and would make a false ErrConflict of it);
// a call ends with its context; and it needs one module, golang.org/x/sys, where
// go-redis needs three. Both are kept by Redis; of both the last release was of
// October 2026.
package redisstore
