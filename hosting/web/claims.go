package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/berth-go/berth/internal/place"
)

// Claims are what an application may have once, and where it was declared: found before anything is constructed.
type claims struct {
	mux       *http.ServeMux // of all patterns so far
	patterns  []claim
	addresses map[string]place.Place
	errors    place.Place
}

type claim struct {
	pattern string
	at      place.Place
}

func newClaims() claims {
	return claims{mux: http.NewServeMux(), addresses: map[string]place.Place{}}
}

// claimPattern fails with both places if a pattern conflicts with another one.
func (h *host) claimPattern(pattern string, at place.Place) error {
	c := &h.claims
	err := try(c.mux, pattern)
	if err == nil {
		c.patterns = append(c.patterns, claim{pattern, at})
		return nil
	}
	for _, other := range c.patterns {
		pair := http.NewServeMux()
		pair.Handle(other.pattern, http.NotFoundHandler())
		if try(pair, pattern) != nil {
			return fmt.Errorf("pattern %q conflicts with %q at %v: %w", pattern, other.pattern, other.at, err)
		}
	}
	return fmt.Errorf("pattern %q cannot be served: %w", pattern, err)
}

// claimErrors fails with the other place if there is a web.Errors already.
func (h *host) claimErrors(at place.Place) error {
	if other := h.claims.errors; !other.IsZero() {
		return fmt.Errorf("there is a web.Errors at %v already, and an application has one", other)
	}
	h.claims.errors = at
	return nil
}

// claimAddress fails with the other place if another server listens there. Any number may ask for a free port.
func (h *host) claimAddress(addr string, at place.Place) error {
	if addr == "" || strings.HasSuffix(addr, ":0") {
		return nil
	}
	if other, taken := h.claims.addresses[addr]; taken {
		return fmt.Errorf("web.Serve at %v listens on %q already", other, addr)
	}
	h.claims.addresses[addr] = at
	return nil
}

// try registers a pattern. It returns as an error the reason that the mux panics with.
func try(mux *http.ServeMux, pattern string) (err error) {
	defer func() {
		if v := recover(); v != nil {
			why := fmt.Sprint(v)
			if i := strings.LastIndex(why, "):\n"); i >= 0 {
				why, _, _ = strings.Cut(why[i+len("):\n"):], "\n")
			}
			err = errors.New(why)
		}
	}()
	mux.Handle(pattern, http.NotFoundHandler())
	return nil
}
