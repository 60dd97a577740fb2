package mongostore

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"github.com/go-asyncz/asyncz/store"
)

// connect makes the client. It sends nothing yet, but a mongodb+srv URL asks
// the name servers. It returns where the servers are, for messages.
func connect(uri string, s *settings) (client *mongo.Client, where string, err error) {
	o := options.Client()
	if uri == "" {
		s.describe(o)
	} else {
		if err := applyURI(o, uri); err != nil {
			return nil, "", err
		}
	}
	if o.AppName == nil {
		o.SetAppName("asyncz")
	}
	where = "MongoDB at " + strings.Join(o.Hosts, ",")
	client, err = mongo.Connect(o)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %s: %w", store.ErrConfig, where, err)
	}
	return client, where, nil
}

// describe says what the options say of the server.
func (s *settings) describe(o *options.ClientOptions) {
	o.SetHosts([]string{net.JoinHostPort(s.host, strconv.Itoa(s.port))})
	if s.username != "" {
		source := s.authSource
		if source == "" {
			source = "admin"
		}
		o.SetAuth(options.Credential{Username: s.username, Password: s.password, PasswordSet: true, AuthSource: source})
	}
	if s.replicaSet != "" {
		o.SetReplicaSet(s.replicaSet)
	}
	if s.tls != nil {
		o.SetTLSConfig(s.tls)
	}
}

// applyURI reads a URI as the driver does, and refuses what the driver would
// pass over and what the store would have to pass over.
func applyURI(o *options.ClientOptions, uri string) error {
	o.ApplyURI(uri)
	if err := o.Validate(); err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) {
			return &explained{fmt.Errorf("%w: the servers of %s can't be looked up", store.ErrUnreachable, redacted(uri)), err}
		}
		return fmt.Errorf("%w: the URI %s: %s", store.ErrConfig, redacted(uri), withoutPassword(err.Error(), uri))
	}
	// Parsed as a plain URI it needs no name servers; its errors were told above.
	_, rest, _ := strings.Cut(uri, "://")
	if parsed, err := connstring.Parse("mongodb://" + rest); err == nil {
		for key := range parsed.UnknownOptions {
			return fmt.Errorf("%w: unknown parameter %q in the URI %s; known are %s and those of MongoDB's connection strings",
				store.ErrConfig, key, redacted(uri), strings.Join(ownKeys, ", "))
		}
	}
	return checkConcerns(o)
}

// checkConcerns refuses settings with which an acknowledged task could be lost
// or a stale one read. The store sets its own for its collections.
func checkConcerns(o *options.ClientOptions) error {
	wrong := ""
	switch {
	case o.WriteConcern != nil && o.WriteConcern.W != nil && o.WriteConcern.W != "majority":
		wrong = fmt.Sprintf("w=%v: with less than w=majority an election can lose tasks that were acknowledged", o.WriteConcern.W)
	case o.WriteConcern != nil && o.WriteConcern.Journal != nil && !*o.WriteConcern.Journal:
		wrong = "journal=false: a crash of the server could lose tasks that were acknowledged"
	case o.ReadPreference != nil && o.ReadPreference.Mode() != readpref.PrimaryMode:
		wrong = fmt.Sprintf("readPreference=%v: a secondary may be behind, and nodes would run tasks twice or late", o.ReadPreference.Mode())
	case o.ReadConcern != nil && o.ReadConcern.Level != "majority":
		wrong = fmt.Sprintf("readConcernLevel=%s: the store reads what a majority has", o.ReadConcern.Level)
	}
	if wrong == "" {
		return nil
	}
	return fmt.Errorf("%w: the URI asks for %s; leave the parameter out", store.ErrConfig, wrong)
}

// redacted is a URI with what is secret in it left out.
func redacted(uri string) string {
	scheme, rest, _ := strings.Cut(uri, "://")
	user := ""
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		user, _, _ = strings.Cut(rest[:i], ":")
		user += ":xxxxx@"
		rest = rest[i+1:]
	}
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + user + rest
}

// withoutPassword takes the secrets of a URI out of what the driver says of it.
func withoutPassword(text, uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	var secrets []string
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		_, password, _ := strings.Cut(rest[:i], ":")
		secrets = append(secrets, password)
		if plain, err := url.PathUnescape(password); err == nil {
			secrets = append(secrets, plain)
		}
	}
	// The longer first: what was written may hold what it means.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "xxxxx")
		}
	}
	return text
}
