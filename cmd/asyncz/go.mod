module github.com/go-asyncz/asyncz/cmd/asyncz

go 1.26.0

require (
	github.com/go-asyncz/asyncz v0.0.0
	github.com/go-asyncz/asyncz/store/sqlstore/sqlite v0.0.0
)

replace (
	github.com/go-asyncz/asyncz => ../..
	github.com/go-asyncz/asyncz/store/sqlstore/sqlite => ../../store/sqlstore/sqlite
)
