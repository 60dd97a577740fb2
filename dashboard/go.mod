module github.com/go-asyncz/asyncz/dashboard

go 1.26.0

require github.com/go-asyncz/asyncz v0.0.0

require (
	github.com/hashicorp/golang-lru/v2 v2.0.7
	golang.org/x/crypto v0.54.0
	golang.org/x/net v0.56.0
	golang.org/x/time v0.16.0
)

require (
	github.com/aristanetworks/gomap v0.0.0-20230726210543-f4e41046dced // indirect
	github.com/fxamacker/cbor/v2 v2.10.0 // indirect
	github.com/go-viper/mapstructure/v2 v2.5.0 // indirect
	github.com/kisielk/og-rek v1.3.0 // indirect
	github.com/x448/float16 v0.8.4 // indirect
	golang.org/x/exp v0.0.0-20230725093048-515e97ebf090 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/go-asyncz/asyncz => ../
