module github.com/go-asyncz/asyncz/store/sqlstore/mysql

go 1.26.0

require (
	github.com/go-asyncz/asyncz v0.0.0
	github.com/go-sql-driver/mysql v1.10.1
)

require (
	filippo.io/edwards25519 v1.2.0 // indirect
	github.com/go-viper/mapstructure/v2 v2.5.0 // indirect
)

replace github.com/go-asyncz/asyncz => ../../..
