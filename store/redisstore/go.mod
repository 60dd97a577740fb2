module github.com/go-asyncz/asyncz/store/redisstore

go 1.26.0

require (
	github.com/go-asyncz/asyncz v0.0.0
	github.com/redis/rueidis v1.0.79
)

require (
	github.com/go-viper/mapstructure/v2 v2.5.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/go-asyncz/asyncz => ../..
