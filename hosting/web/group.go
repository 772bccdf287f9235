package web

import (
	"errors"
	"fmt"
	"strings"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
)

// Group puts handlers under a prefix and wrappers around them. It takes, in any order, what [Handle] and Group return, and
// wrappers, functions that scopes.Around takes: the first is the outermost, and those of a group are outside those of
// its handlers.
//
// The prefix goes in front of the path of each pattern. The path "/" in a group is the prefix itself: with the prefix "/orders",
// "POST /" is "POST /orders" and "GET /{id}" is "GET /orders/{id}".
func Group(prefix string, opts ...any) fx.Option {
	here := place.Caller()
	var g group
	var wrappers []any
	var errs []error
	if !strings.HasPrefix(prefix, "/") {
		errs = append(errs, fmt.Errorf("prefix %q does not begin with /", prefix))
	}
	for i, opt := range opts {
		switch opt := opt.(type) {
		case handler:
			g.handles = append(g.handles, opt.handle)
		case group:
			g.handles = append(g.handles, opt.handles...)
			g.checks = append(g.checks, opt.checks...)
		case fx.Option:
			errs = append(errs, fmt.Errorf("option number %d is neither a web.Handle nor a web.Group", i+1))
		default:
			wrappers = append(wrappers, opt)
		}
	}
	if len(wrappers) > 0 && len(g.handles) == 0 {
		errs = append(errs, errors.New("there are wrappers, but no handlers"))
	}
	g.checks = append(g.checks, decl.New(&decl.Unit{
		Label: "Group " + prefix,
		Bare:  true,
		Here:  here,
		Check: func() error { return errors.Join(errs...) },
	}, here))

	options := g.checks[:len(g.checks):len(g.checks)]
	for i := range g.handles {
		h := &g.handles[i]
		h.pattern = under(prefix, h.pattern)
		if len(wrappers) > 0 {
			h.unit = &decl.Wrapped{Unit: h.unit, Wrappers: wrappers, Here: here}
		}
		options = append(options, h.option())
	}
	g.Option = fx.Options(options...)
	return g
}

// A group is the option that Group returns. A group around it looks inside.
type group struct {
	fx.Option
	handles []handle
	checks  []fx.Option // of the groups' own arguments
}

// under puts a prefix in front of the path of a pattern: "[METHOD ][HOST]/[PATH]".
func under(prefix, pattern string) string {
	slash := strings.IndexByte(pattern, '/')
	if slash < 0 {
		return pattern
	}
	path := pattern[slash:]
	if path == "/" {
		path = ""
	}
	if path = strings.TrimRight(prefix, "/") + path; path == "" {
		path = "/"
	}
	return pattern[:slash] + path
}
