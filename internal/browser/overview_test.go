package browser

import "testing"

func TestTheOverviewFollowsWhatHappensWithoutAReload(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.visit("", desktop)
	p.see("h1", "Overview")
	p.see("#link", "live")
	p.see(".none", "There is no task yet")
	eval[bool](p, `window.before = true`)
	s.add(s.work.sum.With(sumArgs{[]int{1, 2}}), "nightly-sum")
	p.see("#live a.title", "nightly-sum")
	s.add(s.work.fail.With(struct{}{}), "send-mail")
	s.do("send-mail")
	p.see(".tile.alarm", "1")
	p.see("#live .card", "connection refused")
	if !eval[bool](p, `window.before === true`) {
		t.Error("the page was loaded again")
	}
}
