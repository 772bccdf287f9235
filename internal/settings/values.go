package settings

import (
	"maps"
	"reflect"

	"github.com/berth-go/berth/internal/confbind"
)

// Values are the sections that an application uses, all set from one snapshot. They do not change.
type Values struct {
	snap *confbind.Snapshot
	of   map[*Section]reflect.Value
}

// with are the values and one more.
func (v *Values) with(s *Section, value reflect.Value) *Values {
	more := &Values{snap: v.snap, of: maps.Clone(v.of)}
	if more.of == nil {
		more.of = map[*Section]reflect.Value{}
	}
	more.of[s] = value
	return more
}

// of is the value of a section in use: it is set when it is first asked for.
func (c *Configuration) of(s *Section) (reflect.Value, error) {
	for {
		now := c.values.Load()
		if v, ok := now.of[s]; ok {
			return v, nil
		}
		v, err := c.Bind(s, now.snap)
		if err != nil {
			return v, err
		}
		if c.values.CompareAndSwap(now, now.with(s, v)) {
			return v, nil
		}
	}
}

// A holder always has the newest value of a section.
type holder struct {
	value reflect.Value
	set   func(reflect.Value)
}

// live is the holder of a section, made once.
func (c *Configuration) live(s *Section, create func(reflect.Value) (reflect.Value, func(reflect.Value))) reflect.Value {
	_, err := c.of(s)
	c.mu.Lock()
	defer c.mu.Unlock()
	if h := c.holders[s]; h != nil {
		return h.value
	}
	v, ok := c.values.Load().of[s]
	if !ok { // its struct was replaced, so that nobody has looked at it before
		v = reflect.Zero(s.Type)
		c.late = append(c.late, err)
	}
	h := &holder{}
	h.value, h.set = create(v)
	c.holders[s] = h
	return h.value
}

// Late is what was found to be wrong with sections after the others, but before anything was constructed.
func (c *Configuration) Late() []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.late
}
