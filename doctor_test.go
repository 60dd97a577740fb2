package asyncz_test

import (
	"context"
	"testing"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store/memstore"
)

type worried struct{ *memstore.Store }

func (worried) Check(context.Context) ([]string, error) {
	return []string{"the server may throw tasks away"}, nil
}

func TestDoctorPassesOnWhatAStoreKnowsOfItsServer(t *testing.T) {
	t.Parallel()
	s, err := asyncz.New(t.Context(), asyncz.WithStore("default", worried{memstore.New()}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown(context.Background())
	all, err := s.Doctor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || len(all[0].Findings) != 1 || all[0].Findings[0].Problem != "server" ||
		all[0].Findings[0].Detail != "the server may throw tasks away" {
		t.Errorf("doctor found %+v", all)
	}
}
