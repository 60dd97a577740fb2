module github.com/go-asyncz/asyncz/internal/faults

go 1.26.0

require (
	github.com/go-asyncz/asyncz v0.0.0
	github.com/go-asyncz/asyncz/store/mongostore v0.0.0
	github.com/go-asyncz/asyncz/store/redisstore v0.0.0
	github.com/go-asyncz/asyncz/store/sqlstore/mysql v0.0.0
	github.com/go-asyncz/asyncz/store/sqlstore/postgres v0.0.0
	github.com/go-asyncz/asyncz/store/sqlstore/sqlite v0.0.0
)

require (
	filippo.io/edwards25519 v1.2.0 // indirect
	github.com/aristanetworks/gomap v0.0.0-20230726210543-f4e41046dced // indirect
	github.com/dustin/go-humanize v1.1.0 // indirect
	github.com/fxamacker/cbor/v2 v2.10.0 // indirect
	github.com/go-sql-driver/mysql v1.10.1 // indirect
	github.com/go-viper/mapstructure/v2 v2.5.0 // indirect
	github.com/gofrs/flock v0.13.2 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/pgx/v5 v5.12.0 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/kisielk/og-rek v1.3.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/ncruces/go-strftime v1.1.0 // indirect
	github.com/redis/rueidis v1.0.79 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/x448/float16 v0.8.4 // indirect
	github.com/xdg-go/scram v1.4.0 // indirect
	github.com/xdg-go/stringprep v1.0.4 // indirect
	github.com/youmark/pkcs8 v0.0.0-20240726163527-a2c0da244d78 // indirect
	go.mongodb.org/mongo-driver/v2 v2.10.0 // indirect
	golang.org/x/crypto v0.54.0 // indirect
	golang.org/x/exp v0.0.0-20230725093048-515e97ebf090 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.41.0 // indirect
	modernc.org/libc v1.80.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
	modernc.org/sqlite v1.62.0 // indirect
)

replace (
	github.com/go-asyncz/asyncz => ../..
	github.com/go-asyncz/asyncz/store/mongostore => ../../store/mongostore
	github.com/go-asyncz/asyncz/store/redisstore => ../../store/redisstore
	github.com/go-asyncz/asyncz/store/sqlstore/mysql => ../../store/sqlstore/mysql
	github.com/go-asyncz/asyncz/store/sqlstore/postgres => ../../store/sqlstore/postgres
	github.com/go-asyncz/asyncz/store/sqlstore/sqlite => ../../store/sqlstore/sqlite
)
