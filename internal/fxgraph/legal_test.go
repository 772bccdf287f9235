package fxgraph_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

type (
	conf       struct{ name string }
	clock      struct{ conf *conf }
	server     struct{ clock *clock }
	orphan     struct{}
	names      []string
	greet      func() string
	box[T any] struct{ v T }

	run func(context.Context) error
)

func (c *conf) String() string { return c.name }

func newBox[T any](v T) *box[T] { return &box[T]{v} }

// A legal program is one of plain fx, an odd one perhaps. It notes what it got.
type legal struct {
	name    string
	program func(j *journal) []fx.Option
}

func TestWhatFxAcceptsIsAccepted(t *testing.T) {
	type extra struct{ n int }
	type scoped struct{}
	variants := []struct {
		name   string
		module bool
		opts   []fx.Option
	}{
		{"alone", false, nil},
		{"in a module", true, nil},
		{"beside ours", false, []fx.Option{
			di.Singleton(func() *extra { return &extra{1} }),
			di.Scoped(func(*extra, context.Context) *scoped { return &scoped{} }),
			scopes.Bind[run](func(*scoped) {}),
			fx.Invoke(func(*extra, run) {}),
		}},
	}
	for _, tt := range slices.Concat(legalWiring, legalModules, legalSince122) {
		for _, v := range variants {
			t.Run(tt.name+"/"+v.name, func(t *testing.T) {
				var want, got journal
				program := func(j *journal) []fx.Option {
					if v.module && tt.name != "other options" { // fx wants those at the root
						return []fx.Option{fx.Module("outer", tt.program(j)...)}
					}
					return tt.program(j)
				}
				plain := fx.New(fx.NopLogger, fx.Options(program(&want)...))
				if err := plain.Err(); err != nil {
					t.Fatalf("plain fx refuses it: %v", err)
				}
				ctx := context.Background()
				if err := errors.Join(plain.Start(ctx), plain.Stop(ctx)); err != nil {
					t.Fatalf("plain fx: %v", err)
				}

				e, err := compile(append(program(&got), v.opts...)...)
				if err != nil {
					t.Fatalf("refused: %+v", err)
				}
				if err := errors.Join(e.Start(ctx), e.Stop(ctx)); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, want) {
					t.Errorf("got %v, plain fx %v", got, want)
				}
			})
		}
	}
}

func TestWhatFxRefusesIsExplained(t *testing.T) {
	t.Run("cycle", func(t *testing.T) {
		_, err := compile(
			fx.Provide(func(*clock) *conf { return nil }, func(*conf) *clock { return nil }),
			fx.Invoke(func() {}), // what makes fx look for cycles
		)
		var cycle *di.CycleError
		if !errors.As(err, &cycle) || len(cycle.Trace) != 2 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("missing", func(t *testing.T) {
		_, err := compile(
			fx.Provide(func(*clock) *conf { return nil }, func(*server) *orphan { return nil }),
			di.Decorate(func(c *conf) *conf { return c }), // so that a helper of ours stands there
			fx.Invoke(func(*conf) {}),
		)
		var missing *di.MissingError
		if !errors.As(err, &missing) || missing.Type != reflect.TypeFor[*clock]() || len(missing.Trace) != 2 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("missing for a decorator", func(t *testing.T) {
		_, err := compile(
			fx.Provide(func() *conf { return nil }),
			fx.Decorate(func(c *conf, _ *clock) *conf { return c }),
			fx.Invoke(func(*conf) {}),
		)
		var missing *di.MissingError
		if !errors.As(err, &missing) || missing.Type != reflect.TypeFor[*clock]() ||
			!strings.Contains(err.Error(), "(fxgraph/legal_test.go:") {
			t.Errorf("got %v", err)
		}
	})
	for name, target := range map[string]any{
		"an Annotated that is no function":   fx.Annotated{Name: "answer", Target: 42},
		"an annotation of no function":       fx.Annotate(42, fx.ResultTags(`name:"answer"`)),
		"an annotation of an option":         fx.Annotate(fx.Supply(42), fx.ResultTags(`name:"answer"`)),
		"an annotation of a nil constructor": fx.Annotate((func() *conf)(nil), fx.ResultTags(`name:"answer"`)),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := compile(fx.Provide(target))
			var signature *di.SignatureError
			if !errors.As(err, &signature) || !strings.Contains(err.Error(), "fx.Provide, declared at fxgraph/legal_test.go:") {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("what looks like a cycle to dig", func(t *testing.T) {
		program := []fx.Option{
			fx.Provide(func() *conf { return &conf{"public"} }, func(c *conf) *clock { return &clock{c} }),
			fx.Module("m",
				fx.Provide(func(k *clock) *conf { return k.conf }, fx.Private),
				fx.Invoke(func(*conf) {}),
			),
		}
		if fx.New(fx.Logger(discard{}), fx.NopLogger, fx.Options(program...)).Err() == nil {
			t.Error("fx accepts it: so must we")
		}
		_, err := compile(append(program, di.Decorate(func(k *clock) *clock { return k }))...)
		if err == nil || strings.Contains(err.Error(), "reflect") || !strings.Contains(err.Error(), "give one of the two a name") {
			t.Errorf("got %v", err)
		}
	})
}
