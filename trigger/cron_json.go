package trigger

import "fmt"

func (c *cron) MarshalJSON() ([]byte, error) {
	w := newWriter("cron")
	if c.expression != "" {
		w.text("expression", c.expression)
	}
	for i, text := range c.fields.list() {
		if *text != "" {
			w.text(fieldUnits[i].name, *text)
		}
	}
	b := c.bounds
	if b.zone == utc {
		b.zone = nil
	}
	b.write(w)
	for _, s := range []struct{ key, value string }{{"gap", c.gap}, {"fold", c.fold}, {"dialect", c.dialect()}} {
		if s.value != "" {
			w.text(s.key, s.value)
		}
	}
	return w.bytes(), nil
}

func (c *cron) dialect() string {
	if c.quartz {
		return "quartz"
	}
	return ""
}

func parseCron(o *object) (Trigger, error) {
	f, hasFields := Fields{}, false
	known := []string{"expression"}
	for i, text := range f.list() {
		key := fieldUnits[i].name
		*text = o.textOrNumber(key)
		hasFields = hasFields || o.has(key)
		known = append(known, key)
	}
	s, expression := o.settings(), o.text("expression")
	if err := o.done(append(known, "timezone", "start_at", "end_at", "jitter", "gap", "fold", "dialect")...); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	switch {
	case !o.has("expression"):
		return newFields(f, s)
	case hasFields:
		return nil, fmt.Errorf("expression %q and fields are both given; use one of them", expression)
	}
	return newExpression(expression, s)
}
