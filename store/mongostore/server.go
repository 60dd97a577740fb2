package mongostore

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// A hello is what a server says of itself, of what the store wants to know.
type hello struct {
	LocalTime time.Time `bson:"localTime"`
	SetName   string    `bson:"setName"`
	Message   string    `bson:"msg"`
	Hosts     []string  `bson:"hosts"`
}

// sharded tells whether the server is the router of a sharded cluster.
func (h hello) sharded() bool { return h.Message == "isdbgrid" }

// streams tells whether the deployment has change streams: they read the log
// of a replica set, and a single server has none.
func (h hello) streams() bool { return h.SetName != "" || h.sharded() }

func sayHello(ctx context.Context, c *mongo.Client) (h hello, err error) {
	err = command(ctx, c, "hello", &h)
	return h, err
}

// A build is what a server says of its program.
type build struct {
	Version string `bson:"version"`
	// FerretDB v1 tells its own version; only FerretDB has the field.
	Ferret *string `bson:"ferretdbVersion"`
	// FerretDB v2 tells it in a document.
	FerretV2 *struct {
		Version string `bson:"version"`
	} `bson:"ferretdb"`
}

func sayBuild(ctx context.Context, c *mongo.Client) (b build, err error) {
	err = command(ctx, c, "buildInfo", &b)
	return b, err
}

func command(ctx context.Context, c *mongo.Client, name string, into any) error {
	return c.Database("admin").
		RunCommand(ctx, bson.D{{Key: name, Value: 1}}, options.RunCmd().SetReadPreference(readpref.Primary())).
		Decode(into)
}

// Now returns the server's time, to the millisecond. In a replica set it is
// that of the primary, in a sharded cluster that of the router asked.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	if err := s.enter(ctx); err != nil {
		return time.Time{}, err
	}
	defer s.leave()
	h, err := sayHello(ctx, s.client)
	if err != nil {
		return time.Time{}, s.explain(ctx, err)
	}
	return h.LocalTime.UTC(), nil
}
