package web

import (
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
	var inside group
	var wrappers []any
	for _, opt := range opts {
		switch opt := opt.(type) {
		case handler:
			inside.handles = append(inside.handles, opt.handle)
		case group:
			inside.handles = append(inside.handles, opt.handles...)
			inside.wrong = append(inside.wrong, opt.wrong...)
		case fx.Option:
			inside.wrong = append(inside.wrong, fx.Error(fmt.Errorf(
				"option %T in web.Group(%q) at %v is not one of web.Handle or web.Group", opt, prefix, here.Place())))
		default:
			wrappers = append(wrappers, opt)
		}
	}

	var g group
	g.wrong = inside.wrong
	if !strings.HasPrefix(prefix, "/") {
		g.wrong = append(g.wrong, fx.Error(fmt.Errorf("prefix %q of web.Group at %v does not begin with /", prefix, here.Place())))
	}
	options := g.wrong
	for _, h := range inside.handles {
		h.pattern = under(prefix, h.pattern)
		if len(wrappers) > 0 {
			h.unit = &decl.Wrapped{Unit: h.unit, Wrappers: wrappers, Here: here}
		}
		g.handles = append(g.handles, h)
		options = append(options, h.option())
	}
	g.Option = fx.Options(options...)
	return g
}

// A group is the option that Group returns. A group around it looks inside.
type group struct {
	fx.Option
	handles []handle
	wrong   []fx.Option
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
