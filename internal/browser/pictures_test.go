package browser

import (
	"bytes"
	"context"
	"flag"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/go-asyncz/asyncz"
	"github.com/go-asyncz/asyncz/trigger"
)

var (
	refresh = flag.Bool("refresh-screenshots", false, "write the pictures of the pages to docs/screenshots")
	runs    = flag.Int("runs", 6, "how many runs end before the pictures are taken")
)

// A picture of each page, light and dark, on a desktop and on a phone, is kept
// with the artifacts of the test (go test -artifacts), for people to look at.
func TestEachPageHasItsPicture(t *testing.T) {
	t.Parallel()
	folder := t.ArtifactDir()
	if *refresh {
		folder = filepath.FromSlash("../../docs/screenshots")
	}
	s := populated(t, newSiteOf(t, []asyncz.Option{asyncz.WithEncryptionKey("correct horse battery staple")}, users))
	s.busy(*runs)
	failed, err := s.Runs(t.Context(), asyncz.RunFilter{Task: "backup", Limit: 1})
	if err != nil || len(failed.Runs) == 0 {
		t.Fatalf("no run of backup is in the history: %v", err)
	}
	all := append(slices.Clone(pages), shot{"run", "run?store=default&id=" + url.QueryEscape(failed.Runs[0].ID()), "Run of backup"})
	s.operate()
	for name, l := range map[string]look{"light": desktop, "dark": desktop, "phone-light": phone, "phone-dark": phone} {
		l.Dark = name == "dark" || name == "phone-dark"
		p := s.visit("", l)
		p.see("h1", "Sign in")
		p.picture(filepath.Join(folder, "login-"+name+".png"))
		p.login("olga")
		p.see("#link", "live")
		for _, page := range all {
			p.open(page.Address)
			p.see("h1", page.Title)
			p.wait("the charts are drawn", `[...document.querySelectorAll("[data-chart]")].every(c => c.querySelector("canvas"))`)
			p.picture(filepath.Join(folder, page.Name+"-"+name+".png"))
		}
		p.open("task-edit?store=default&id=nightly-report")
		p.fill("Expression", "45 3 * * mon-fri")
		p.fill("Timeout", "10m")
		p.click("button", "Preview")
		p.see("#preview ins", "45 3 * * mon-fri")
		p.picture(filepath.Join(folder, "preview-"+name+".png"))
	}
}

// operate does what operators do, for the audit.
func (s *site) operate() {
	s.t.Helper()
	p := s.visit("task?store=default&id=backup", desktop)
	p.login("olga")
	p.click("button", "Run now")
	p.see("#toasts", "will run now")
	p.open("task?store=default&id=cleanup")
	p.click("button", "Pause")
	p.see(".tile", "paused")
	p.click("button", "Resume")
	p.see(".tile", "scheduled")
	p.open("task-edit?store=default&id=metrics")
	p.fill("Every", "15")
	p.click("button", "Preview")
	p.click("button", "Apply")
	p.at("task?")
}

// busy adds tasks that fire often, and waits until some runs have ended.
func (s *site) busy(runs int) {
	s.t.Helper()
	ended := make(chan struct{}, runs)
	stop := asyncz.On(s.Scheduler, func(asyncz.RunEnded) {
		select {
		case ended <- struct{}{}:
		default:
		}
	})
	defer stop()
	for id, task := range map[string]struct {
		call  asyncz.Call
		every time.Duration
	}{
		"search-index": {s.work.index.With(struct{}{}), 3 * time.Second},
		"order-hooks":  {s.work.deliver.With(struct{}{}), 2 * time.Second},
		"stock-levels": {s.work.index.With(struct{}{}), 5 * time.Second},
	} {
		if _, err := s.Add(s.t.Context(), task.call, trigger.MustEvery(task.every), asyncz.ID(id)); err != nil {
			s.t.Fatal(err)
		}
	}
	for range runs {
		receive(s.t, ended, "runs end")
	}
}

// picture writes what the screen shows to a file, with few colours, so that it is
// small.
func (p *page) picture(file string) {
	p.t.Helper()
	var raw []byte
	p.do("take a picture", func(ctx context.Context) (err error) {
		raw, err = chromedp.Run(ctx, chromedp.CaptureScreenshot())
		return err
	})
	img, err := png.Decode(bytes.NewReader(raw))
	p.check("read the picture", err)
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	p.check("write the picture", encoder.Encode(&small, fewColours(img)))
	if small.Len() > 150_000 {
		p.t.Errorf("%s has %d bytes", file, small.Len())
	}
	p.check("write the picture", os.WriteFile(file, small.Bytes(), 0o644))
	if small.Len() < 3_000 {
		p.t.Errorf("%s has %d bytes: there is nothing on it", file, small.Len())
	}
}
