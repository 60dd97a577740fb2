package asyncz_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/store/memstore"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestChoiceOfTellsWhatOptionsSayBesideTheDefinition(t *testing.T) {
	t.Parallel()
	got, err := asyncz.ChoiceOf(asyncz.InStore("other"), asyncz.IfVersion("v1"), asyncz.Paused(), asyncz.Replace())
	if want := (asyncz.Choice{Store: "other", Version: "v1", Paused: true, Replace: true}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := asyncz.ChoiceOf(); err != nil || got != (asyncz.Choice{}) {
		t.Errorf("without options it is %+v, %v", got, err)
	}
}

func TestChoiceOfRefusesWhatIsAboutTheDefinition(t *testing.T) {
	t.Parallel()
	when, err := trigger.Every(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]asyncz.TaskOption{
		"id": asyncz.ID("x"), "name": asyncz.Name("x"), "executor": asyncz.OnExecutor("x"), "trigger": asyncz.When(when),
		"grace": asyncz.GraceTime(time.Second), "no grace": asyncz.GraceTime(0), "timeout": asyncz.Timeout(time.Second), "no timeout": asyncz.Timeout(0),
		"coalesce": asyncz.Coalesce(true), "no coalesce": asyncz.Coalesce(false), "catch up": asyncz.CatchUp(3), "instances": asyncz.MaxInstances(2),
		"retry": asyncz.Retry(2, asyncz.Constant(time.Second)), "no retry": asyncz.Retry(0, asyncz.Constant(0)),
		"lost": asyncz.OnLost(asyncz.Skip), "metadata": asyncz.Metadata(map[string]string{"a": "b"}),
	} {
		if got, err := asyncz.ChoiceOf(asyncz.InStore("x"), o); !errors.Is(err, asyncz.ErrTask) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestAStoreThatDoesNotAnswerDoesNotMakeItsTasksUnreadable(t *testing.T) {
	t.Parallel()
	down := &failing{Store: memstore.New()}
	s := open(t, asyncz.WithStore("default", down))
	down.down.Store(true)
	if task, err := s.Task(t.Context(), "t"); !errors.Is(err, errDown) || task.State != "" {
		t.Errorf("got %+v, %v", task, err)
	}
}

func TestAReplacementOfAVersionDoesNotAddATask(t *testing.T) {
	t.Parallel()
	s := open(t)
	description := []byte(`{"id":"t","function":"x","trigger":{"type":"interval","hours":1}}`)
	if _, err := s.AddJSON(t.Context(), description, asyncz.Replace(), asyncz.IfVersion("v1")); !errors.Is(err, asyncz.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestNodesAreReadFromTheirJSON(t *testing.T) {
	t.Parallel()
	skew := -1500 * time.Millisecond
	node := asyncz.Node{
		Name: "a", Seen: time.Unix(1, 0).UTC(), Age: 1500 * time.Millisecond, Skew: &skew, Err: errors.New("wrong key"),
		Executors: []asyncz.NodeExecutor{{Executor: "default", Places: 3}}, Functions: []string{"f"},
		Stores: []asyncz.NodeStore{{Store: "default", Age: 2 * time.Second, Lease: 10 * time.Second, Skew: &skew, Err: errors.New("wrong key")}},
	}
	text, err := json.Marshal(node)
	if err != nil {
		t.Fatal(err)
	}
	var got asyncz.Node
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(got)
	if err != nil || string(again) != string(text) {
		t.Errorf("written again it is %s, %v\nat first it was       %s", again, err, text)
	}
	if got.Age != node.Age || *got.Skew != skew || got.Stores[0].Lease != 10*time.Second || got.Err == nil || got.Stores[0].Err == nil {
		t.Errorf("got %+v", got)
	}
}
