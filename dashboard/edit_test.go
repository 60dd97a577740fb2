package dashboard_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

func TestATaskIsAddedAfterItWasShown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		form := h.get("task-new").is(200)
		shown := h.again("task-new", form.Body, "step", "preview", "function", "cleanup", "kwargs", `{"days": 3}`, "cron", "0 6 * * *", "cron_zone", "Europe/Zurich", "name", "Early", "timeout", "1m30s").is(200)
		shown.has("What will be added", "Fires at 06:00 every day, Europe/Zurich.", "days = 3", "An attempt is given 1 min 30 s.", "Next fires", "Sat 06:00:00")
		if all, err := h.s.Tasks(t.Context(), asyncz.Filter{}); err != nil || len(all) > 0 {
			t.Fatalf("it was added before it was confirmed: %v, %v", all, err)
		}
		done := h.again("task-new", shown.Body, "step", "apply").is(303)
		id := fields(t, shown.Body)["id"]
		task := h.task(id)
		if task.Name != "Early" || string(task.Kwargs) != `{"days":3}` || task.Trigger.Type() != "cron" || done.Header.Get("Location") != "task?id="+id+"&store=default" {
			t.Errorf("%+v, %q", task, done.Header.Get("Location"))
		}
		h.get(done.Header.Get("Location")).has("The task is added.", "Early")
		if e := h.audits(); len(e) != 1 || e[0].Action != "task.add" || e[0].Task != id || !strings.Contains(e[0].Detail, `"Early"`) || e[0].Error != "" {
			t.Errorf("audited %+v", e)
		}
		h.again("task-new", shown.Body, "step", "apply").is(409).has(id) // pressed twice: it is there once
	})
}

func TestTriggersOfAllKindsCanBeSaidInFields(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		form := h.get("task-new").Body
		for say, pairs := range map[string][]string{
			"Fires every 90 minutes.":                           {"kind", "interval", "every", "90", "unit", "minutes"},
			"Fires once at 2000-02-01 09:00:00, Europe/Zurich.": {"kind", "date", "run_at", "2000-02-01T09:00:00", "date_zone", "Europe/Zurich"},
			"Fires when the scheduler shuts down.":              {"kind", "json", "trigger_json", `{"type":"shutdown"}`},
		} {
			h.again("task-new", form, append(pairs, "step", "preview", "function", "cleanup")...).is(200).has(say)
		}
		h.again("task-new", form, "kind", "interval", "every", "often", "function", "cleanup", "step", "preview").is(422).has(`"often" is not a number`)
	})
}

func TestAnEditShowsTheDifferenceAndThenMakesIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("one", trigger.MustCron("0 2 * * *"), args{Days: 30}, asyncz.Name("Clean up"), asyncz.Retry(3, asyncz.Constant(5e9)))
		before := h.task("one")
		form := h.get("task-edit?id=one").is(200)
		if f := fields(t, form.Body); f["cron"] != "0 2 * * *" || f["name"] != "Clean up" || f["kind"] != "cron" || f["max_instances"] != "1" {
			t.Errorf("the form says %v", f)
		}
		h.again("task-edit?id=one", form.Body, "step", "preview").is(200).has("Nothing. The form says what the task already is.")
		shown := h.again("task-edit?id=one", form.Body, "step", "preview", "cron", "30 4 * * *", "timeout", "90").is(200)
		shown.has("What will change", "trigger", "0 2 * * *", "30 4 * * *", "timeout", "90", "Fires at 04:30 every day").hasNot("Somebody else")
		if h.task("one").Version() != before.Version() {
			t.Fatal("it was changed before it was confirmed")
		}
		h.again("task-edit?id=one", shown.Body, "step", "apply").is(303)
		after := h.task("one")
		if after.Timeout.Seconds() != 90 || after.Trigger.String() != "at 04:30 every day, UTC" || after.Name != "Clean up" || after.Attempts != 3 || string(after.Kwargs) != `{"days":30}` {
			t.Errorf("%+v", after)
		}
		if e := h.audits(); len(e) != 1 || e[0].Action != "task.update" || !strings.Contains(e[0].Detail, "30 4 * * *") || strings.Contains(e[0].Detail, "Clean up") {
			t.Errorf("audited %+v", e)
		}
	})
}

func TestTwoWhoEditOneTaskLoseNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("one", hourly(), args{})
		form := h.get("task-edit?id=one")
		shown := h.again("task-edit?id=one", form.Body, "step", "preview", "name", "mine").is(200)
		if _, err := h.s.UpdateTaskJSON(t.Context(), "one", []byte(`{"timeout": 60, "max_instances": 4}`)); err != nil {
			t.Fatal(err)
		}
		conflict := h.again("task-edit?id=one", shown.Body, "step", "apply").is(409)
		conflict.has("Somebody else has changed this task since you began.", "max_instances", "timeout", "60", "mine")
		if now := h.task("one"); now.Name != "" || now.MaxInstances != 4 {
			t.Fatalf("%+v", now)
		}
		if e := h.audits(); len(e) != 1 || e[0].Error == "" {
			t.Errorf("audited %+v", e)
		}
		h.again("task-edit?id=one", conflict.Body, "step", "apply").is(303)
		if now := h.task("one"); now.Name != "mine" || now.MaxInstances != 4 || now.Timeout.Seconds() != 60 {
			t.Errorf("both changes should be there: %+v", now)
		}
		// Also one who changed only the pause is told of.
		form = h.get("task-edit?id=one")
		shown = h.again("task-edit?id=one", form.Body, "step", "preview", "name", "again")
		if _, err := h.s.PauseTask(t.Context(), "one"); err != nil {
			t.Fatal(err)
		}
		h.again("task-edit?id=one", shown.Body, "step", "apply").is(409).has("It was paused or resumed.")
	})
}

func TestADefinitionIsEditedAsJSONAndWhatIsTakenOutGoesBackToItsDefault(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("one", hourly(), args{Days: 3}, asyncz.Name("old"), asyncz.MaxInstances(5), asyncz.Timeout(60e9), asyncz.Coalesce(false), asyncz.Metadata(map[string]string{"a": "b"}))
		form := h.get("task-edit?id=one&as=json").is(200)
		var def map[string]any
		if err := json.Unmarshal([]byte(fields(t, form.Body)["json"]), &def); err != nil {
			t.Fatal(err)
		}
		if _, has := def["id"]; has {
			t.Error("the id can't be changed and should not be there")
		}
		for _, k := range []string{"name", "timeout", "max_instances", "coalesce", "metadata", "kwargs"} {
			if _, has := def[k]; !has {
				t.Errorf("%s is missing", k)
			}
			delete(def, k)
		}
		text, err := json.Marshal(def)
		if err != nil {
			t.Fatal(err)
		}
		shown := h.again("task-edit?id=one&as=json", form.Body, "step", "preview", "json", string(text)).is(200).has("max_instances", "metadata")
		h.again("task-edit?id=one&as=json", shown.Body, "step", "apply").is(303)
		now := h.task("one")
		if now.Name != "" || now.Timeout != 0 || now.MaxInstances != 1 || !now.Coalesce || len(now.Metadata) > 0 || string(now.Kwargs) != "{}" {
			t.Errorf("%+v", now)
		}
		def["colour"] = "red"
		text, _ = json.Marshal(def)
		h.again("task-edit?id=one&as=json", form.Body, "step", "preview", "json", string(text)).is(422).has("colour")
	})
}

func TestAFormKeepsWhatWasTypedWhenItIsWrong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := open(t)
		h.add("one", hourly(), args{})
		form := h.get("task-edit?id=one")
		wrong := h.again("task-edit?id=one", form.Body, "step", "preview", "name", "kept", "kwargs", `{"dayz": 1}`).is(422).has("dayz")
		if f := fields(t, wrong.Body); f["name"] != "kept" || f["kwargs"] != `{"dayz": 1}` {
			t.Errorf("the form says %v", f)
		}
		shown := h.again("task-edit?id=one", form.Body, "step", "preview", "name", "kept")
		if f := fields(t, h.again("task-edit?id=one", shown.Body, "step", "edit").Body); f["name"] != "kept" {
			t.Errorf("back in the form it says %v", f)
		}
	})
}
