package supervise_test

import (
	"sync"
	"testing"

	"github.com/berth-go/berth/internal/supervise"
)

func TestLocalIsOnePerApplicationAndType(t *testing.T) {
	type mux struct{ _ int } // of a size, so that two have two addresses
	a, b := supervise.New(nil), supervise.New(nil)
	made := 0
	get := func(e *supervise.Engine) *mux {
		return supervise.Local(e, func() *mux { made++; return new(mux) })
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { get(a) })
	}
	wg.Wait()
	first, again, other := get(a), get(a), get(b)
	if first != again || first == other || made != 2 {
		t.Errorf("made %d", made)
	}
	if n := supervise.Local(a, func() *int { return new(int) }); n == nil {
		t.Error("no state of another type")
	}
}
