package hosting_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/scopes"
)

// A wrapper that commits must not take "there is more to do", nor "it is done", for a failure.
func TestWrappersSeeNilInPlaceOfAgainAndErrDone(t *testing.T) {
	for name, lazily := range map[string]bool{"listed": false, "explicit": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen []error
				turns := 0
				unit := func(context.Context) error {
					if turns++; turns < 3 {
						return hosting.Again
					}
					return hosting.ErrDone
				}
				wrapper := any(func(ctx context.Context, next scopes.Next) error {
					err := next(ctx)
					seen = append(seen, err)
					return err
				})
				if lazily {
					wrapper = func(ctx context.Context, next scopes.Next, _ *scopes.Scope) error {
						err := next(ctx)
						seen = append(seen, err)
						return err
					}
				}
				a := apptest.Start(t, hosting.Loop(scopes.Around(unit, wrapper)))
				synctest.Wait()
				if err := errors.Join(a.Stop()); err != nil {
					t.Fatal(err)
				}
				if turns != 3 || slices.ContainsFunc(seen, func(err error) bool { return err != nil }) {
					t.Errorf("%d turns at once, wrappers saw %v; want 3 and nil each", turns, seen)
				}
			})
		})
	}
}
