package scopes_test

import (
	"context"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

type (
	reader interface{ read() string }
	writer interface{ write() string }
	file   struct{ name string }
)

func (f *file) read() string                { return f.name }
func (f *file) write() string               { return f.name }
func (f *file) Close(context.Context) error { panic("closed by somebody who does not own it") }

// inScopes runs a test with a unit, and with one on an explicit scope.
func inScopes[A, B any](t *testing.T, options fx.Option, test func(t *testing.T, a A, b B)) {
	t.Helper()
	type given struct{ t *testing.T }
	type run func(context.Context, given) error
	for name, bind := range map[string]fx.Option{
		"compiled": scopes.Bind[run](func(g given, a A, b B) { test(g.t, a, b) }),
		"explicit": scopes.Bind[run](func(g given, _ *scopes.Scope, a A, b B) { test(g.t, a, b) }),
	} {
		t.Run(name, func(t *testing.T) {
			var f run
			apptest.Start(t, options, bind, fx.Populate(&f))
			if err := f(t.Context(), given{t}); err != nil {
				t.Error(err)
			}
		})
	}
}

// SC-037
func TestInstanceUnderSeveralInterfacesIsOneAndReleasedOnce(t *testing.T) {
	var j journal
	inScopes(t,
		di.Scoped(func() (*file, func()) { return &file{"log"}, j.closing("file") }, di.As[reader](), di.As[writer]()),
		func(t *testing.T, r reader, w writer) {
			if r.(*file) != w.(*file) {
				t.Error("two files")
			}
		})
	j.want(t, "open file", "close file", "open file", "close file")
}

// reads is one of many interfaces.
type reads[T any] interface{ read() string }

// SC-039, SC-040
func TestInstanceUnderManyInterfacesIsReleasedOnce(t *testing.T) {
	var j journal
	type all struct {
		fx.In
		A reads[int]
		B reads[int8]
		C reads[int16]
		D reads[int32]
		E reads[int64]
		F reads[uint]
		G reads[uint8]
		H reads[uint16]
		I reads[uint32]
		J reads[uint64]
		K reads[string]
		L reads[bool]
	}
	inScopes(t,
		fx.Options(
			di.Scoped(func() (*file, func(context.Context) error) {
				closing := j.closing("file")
				return &file{"log"}, func(context.Context) error { closing(); return nil }
			},
				di.As[reads[int]](), di.As[reads[int8]](), di.As[reads[int16]](), di.As[reads[int32]](), di.As[reads[int64]](),
				di.As[reads[uint]](), di.As[reads[uint8]](), di.As[reads[uint16]](), di.As[reads[uint32]](), di.As[reads[uint64]](),
				di.As[reads[string]](), di.As[reads[bool]](), di.As[*file]()),
			di.Scoped(func(f *file) reader { return f }),
		),
		func(t *testing.T, a all, r reader) {
			for _, one := range []any{a.B, a.C, a.D, a.E, a.F, a.G, a.H, a.I, a.J, a.K, a.L, r} {
				if one != any(a.A) {
					t.Error("two files")
				}
			}
		})
	j.want(t, "open file", "close file", "open file", "close file")
}

// SC-014, SC-016, HO-053
func TestWhatAConstructorDoesNotHandOverIsNotReleased(t *testing.T) {
	inScopes(t,
		fx.Options(
			fx.Supply(&file{"supplied"}),
			di.Scoped(func() *file { return &file{"kept"} }, di.Name("scoped")),
			di.Replace(&file{"replaced"}, di.Name("scoped")),
		),
		func(t *testing.T, supplied *file, p struct {
			fx.In
			File *file `name:"scoped"`
		},
		) {
			if supplied.name != "supplied" || p.File.name != "replaced" {
				t.Errorf("files %q and %q", supplied.name, p.File.name)
			}
		})
}

// SC-041
func TestDecoratorTakesWhatItNeedsFromTheSameScope(t *testing.T) {
	type tracing struct{ reader }
	var j journal
	inScopes(t,
		fx.Options(
			di.Scoped(func() (*file, func()) { return &file{"log"}, j.closing("file") }, di.As[reader]()),
			di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
			di.Decorate(func(r reader, _ *first) (reader, func(), error) {
				return tracing{r}, j.closing("tracing"), nil
			}),
		),
		func(t *testing.T, r reader, _ *first) {
			if _, ok := r.(tracing); !ok || r.read() != "log" {
				t.Errorf("reader is a %T", r)
			}
		})
	once := []string{"open file", "open first", "open tracing", "close tracing", "close first", "close file"}
	j.want(t, append(once, once...)...)
}

func TestGroupInAScopeKeepsDeclarationOrderAndMixesLifetimes(t *testing.T) {
	type files struct {
		fx.In
		Files []*file `group:"files"`
	}
	names := func(f files) (all string) {
		for _, f := range f.Files {
			all += f.name
		}
		return all
	}
	inScopes(t,
		fx.Options(
			fx.Provide(fx.Annotate(func() *file { return &file{"e"} }, fx.ResultTags(`group:"files"`))),
			di.Scoped(func() *file { return &file{"a"} }, di.Group("files")),
			di.Singleton(func() *file { return &file{"b"} }, di.Group("files")),
			di.Transient(func() *file { return &file{"c"} }, di.Group("files")),
			di.Scoped(func(o *order) *file { return &file{"d"} }, di.Group("files")),
			di.Scoped(func() *order { return &order{} }),
		),
		func(t *testing.T, one, two files) {
			if names(one) != "abcde" || names(two) != "abcde" {
				t.Errorf("members %q and %q", names(one), names(two))
			}
			for i, same := range []bool{true, true, false, true, true} {
				if (one.Files[i] == two.Files[i]) != same {
					t.Errorf("member %d is the same: %v", i, !same)
				}
			}
		})
}

func TestLoggerInAScopeIsNamedAfterItsConsumer(t *testing.T) {
	type service struct{ log *zap.Logger }
	core, logs := observer.New(zap.InfoLevel)
	inScopes(t,
		fx.Options(
			di.Singleton(func() *zap.Logger { return zap.New(core) }),
			di.Scoped(func(l *zap.Logger) *service { return &service{l} }),
		),
		func(_ *testing.T, s *service, _ *zap.Logger) { s.log.Info("hello") })
	hello := logs.FilterMessage("hello").All()
	if len(hello) != 2 || hello[0].LoggerName != "scopes_test.service" || hello[1].LoggerName != "scopes_test.service" {
		t.Errorf("lines %v", hello)
	}
}

func TestReplacedScopedProviderIsNotCalledAndWhatOnlyItNeedsIsNotBuilt(t *testing.T) {
	inScopes(t,
		fx.Options(
			di.Singleton(func() *database { t.Error("database was opened"); return nil }),
			di.Scoped(func(*database) *file { t.Error("replaced provider was called"); return nil }, di.As[reader]()),
			di.Replace[reader](&file{"fake"}),
			di.Scoped(func(r reader) *order { return &order{len(r.read())} }),
		),
		func(t *testing.T, r reader, o *order) {
			if r.read() != "fake" || o.id != 4 {
				t.Errorf("reader %q, order %d", r.read(), o.id)
			}
		})
}
