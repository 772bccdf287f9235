package di_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// DI-014, DI-031, DI-081
func TestOptionalIsZeroWhereNothingProvides(t *testing.T) {
	type in struct {
		fx.In
		DB *DB    `optional:"true"`
		S  string `name:"s" optional:"true"`
		R  *Repo  `optional:"true"`
	}
	call(t, 1, func(p in, c *Cache) error {
		if p.DB != nil || p.S != "" || p.R == nil {
			return fmt.Errorf("got %v", p)
		}
		return nil
	},
		di.Scoped(func() *Repo { return &Repo{} }),
		di.Singleton(func(p struct {
			fx.In
			DB *DB `optional:"true"`
		},
		) *Cache {
			return &Cache{}
		}),
	)
}

// DI-019: optional does not hide that a provider lacks something itself.
func TestOptionalOfAProviderThatLacksSomethingIsReported(t *testing.T) {
	type in struct {
		fx.In
		Tx *Tx `optional:"true"`
	}
	e := problem[*di.MissingError](t, fx.Provide(func(*DB) *Tx { return nil }), scopes.Bind[Run](func(in) {}))
	if len(e.Trace) != 2 {
		t.Errorf("got %+v", e)
	}
}

// DI-033, DI-034, DI-035, DI-037
func TestOptionalTellsWhatIsProvided(t *testing.T) {
	type in struct {
		fx.In
		Interface Namer          `optional:"true"`
		Behind    *Person        `optional:"true"`
		Instance  *Box[int]      `optional:"true"`
		Other     *Box[string]   `optional:"true"`
		Named     *DB            `name:"main" optional:"true"`
		Unnamed   *DB            `optional:"true"`
		Bound     Run            `optional:"true"`
		Lazy      di.Lazy[Namer] `optional:"true"`

		Factory  *scopes.Factory    `optional:"true"`
		Shutdown lifecycle.Shutdown `optional:"true"`
		Status   *lifecycle.Status  `optional:"true"`
		Log      *zap.Logger        `optional:"true"`
		Triggers *hosting.Triggers  `optional:"true"`
	}
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			type Tell func(context.Context) error
			var tell Tell
			apptest.Start(t,
				declare(NewPerson, di.As[Namer]()),
				declare(func() *Box[int] { return NewBox(1) }),
				declare(func() *DB { return &DB{} }, di.Name("main")),
				scopes.Bind[Run](func() {}),
				scopes.Bind[Tell](func(ctx context.Context, p in) error {
					if p.Interface == nil || p.Instance == nil || p.Named == nil || p.Bound == nil {
						return fmt.Errorf("what is provided is absent: %+v", p)
					}
					if p.Behind != nil || p.Other != nil || p.Unnamed != nil {
						return fmt.Errorf("what is not provided is present: %+v", p)
					}
					if p.Factory == nil || p.Shutdown == nil || p.Status == nil || p.Log == nil || p.Triggers == nil {
						return fmt.Errorf("what the application provides is absent: %+v", p)
					}
					_, err := p.Lazy.Get(ctx)
					return err
				}),
				fx.Populate(&tell),
			)
			if err := tell(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// What is there is built, so that it can be part of a ring or a captive like anything else.
func TestOptionalIsCheckedLikeWhatIsNeeded(t *testing.T) {
	type in struct {
		fx.In
		Tx *Tx `optional:"true"`
	}
	needsTx := func(in) *DB { return nil }
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			problem[*di.CycleError](t, declare(needsTx), declare(func(*DB) *Tx { return nil }))
		})
	}
	problem[*di.LifetimeError](t, di.Singleton(needsTx), di.Scoped(func() *Tx { return nil }))
}

// What an optional value fails with is an error, not absence.
func TestOptionalThatFailsIsNotAbsent(t *testing.T) {
	mine := errors.New("mine")
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			var run Run
			a := newApp(declare(func() (*Tx, error) { return nil, mine }), unit(&run, func(struct {
				fx.In
				Tx *Tx `optional:"true"`
			},
			) {
				t.Error("unit is called")
			}))
			if a.Err() != nil {
				if !errors.Is(a.Err(), mine) {
					t.Errorf("got %v", a.Err())
				}
				return
			}
			check(t, a.Start(t.Context()))
			if err := run(t.Context()); !errors.Is(err, mine) {
				t.Errorf("got %v", err)
			}
			check(t, a.Stop(t.Context()))
		})
	}
}
