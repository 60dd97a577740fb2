package api

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// An Endpoint is where a handler listens: the API, the dashboard, or a mux with both.
type Endpoint struct {
	Address       string // see [Address]
	Authenticated bool   // the handler lets nobody in without a token or a login
	Insecure      bool   // listen on other addresses even so
	Certificate   string // a PEM file; with Key, for https. Both are read again when they change.
	Key           string
	Logger        *slog.Logger // nil: the default one
}

// Scheme returns https where there is a certificate, else http.
func (e Endpoint) Scheme() string {
	if e.Certificate != "" {
		return "https"
	}
	return "http"
}

// Listen checks the endpoint by [CheckExposure] and listens on it.
func (e Endpoint) Listen(ctx context.Context) (net.Listener, error) {
	if err := CheckExposure(e.Address, e.Authenticated, e.Insecure); err != nil {
		return nil, err
	}
	addr, err := Address(e.Address)
	if err != nil {
		return nil, err
	}
	if (e.Certificate == "") != (e.Key == "") {
		return nil, errors.New("certificate: give it and its key, or neither")
	}
	var secured *tls.Config
	if e.Certificate != "" {
		pair, err := newKeyPair(e.Certificate, e.Key, e.logger())
		if err != nil {
			return nil, err
		}
		secured = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.get, NextProtos: []string{"h2", "http/1.1"}}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("address %s: %w", addr, err)
	}
	if secured != nil {
		return tls.NewListener(l, secured), nil
	}
	if host, _, _ := net.SplitHostPort(addr); e.Authenticated && !IsLoopback(host) {
		e.logger().Warn("tokens and passwords go over the network for all to read; give a certificate, or put a proxy with one before it", "address", addr)
	}
	return l, nil
}

func (e Endpoint) logger() *slog.Logger {
	if e.Logger != nil {
		return e.Logger
	}
	return slog.Default()
}

// farewell is how long requests have to end.
const farewell = 5 * time.Second

// Serve answers requests on a listener until ctx ends; those under way then have
// five seconds. onShutdown ends what would go on for ever, such as [Server.Close].
func (e Endpoint) Serve(ctx context.Context, l net.Listener, h http.Handler, onShutdown ...func()) error {
	srv := &http.Server{
		Handler: h, ErrorLog: slog.NewLogLogger(e.logger().Handler(), slog.LevelDebug),
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		Protocols: protocols(),
	}
	for _, f := range onShutdown {
		srv.RegisterOnShutdown(f)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if err := srv.Shutdown(patience); err != nil {
		_ = srv.Close() // those that did not end in time
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func protocols() *http.Protocols {
	p := &http.Protocols{}
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	return p
}
