module github.com/go-asyncz/asyncz/store/redisstore

go 1.26.0

replace github.com/go-asyncz/asyncz => ../..
