package app_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// part is the n-th of as many types as are needed.
func part(n int) reflect.Type { return reflect.ArrayOf(n, reflect.TypeFor[struct{}]()) }

// maker is a constructor of a part that needs others.
func maker(made *int, out int, needs ...int) any {
	in := make([]reflect.Type, len(needs))
	for i, n := range needs {
		in[i] = part(n)
	}
	value := []reflect.Value{reflect.Zero(part(out))}
	t := reflect.FuncOf(in, []reflect.Type{part(out)}, false)
	return reflect.MakeFunc(t, func([]reflect.Value) []reflect.Value {
		*made++
		return value
	}).Interface()
}

// user is a unit that needs parts.
func user(needs ...int) any {
	in := make([]reflect.Type, len(needs))
	for i, n := range needs {
		in[i] = part(n)
	}
	return reflect.MakeFunc(reflect.FuncOf(in, nil, false), func([]reflect.Value) []reflect.Value { return nil }).Interface()
}

func singleton(fn any) fx.Option { return di.Singleton(fn) }
func scoped(fn any) fx.Option    { return di.Scoped(fn) }
func plain(fn any) fx.Option     { return fx.Provide(fn) }

// factory is an application of a size: parts in chains, each needed by the next, spread over modules.
type factory struct {
	parts, deep, modules int
	provide              func(n int) func(fn any) fx.Option
}

// options count in made what is made. The last part of each chain is used.
func (f factory) options(made *int) []fx.Option {
	modules := make([][]fx.Option, f.modules)
	units := []fx.Option{quiet}
	for n := range f.parts {
		var needs []int
		if n%f.deep > 0 {
			needs = append(needs, n-1)
		}
		if n%f.deep > 9 {
			needs = append(needs, n-n%f.deep/2-1) // and one further down
		}
		m := n % f.modules
		modules[m] = append(modules[m], f.provide(n)(maker(made, n, needs...)))
		if n%f.deep == f.deep-1 {
			units = append(units, lifecycle.OnStart(user(n)))
		}
	}
	for m, options := range modules {
		units = append(units, fx.Module(fmt.Sprintf("module %d", m), options...))
	}
	return units
}

// mixed makes of ten chains six of singletons, two of plain fx and two of scoped services.
func (f factory) mixed(n int) func(fn any) fx.Option {
	switch n / f.deep % 10 {
	case 6, 7:
		return plain
	case 8, 9:
		return scoped
	}
	return singleton
}

func all(provide func(fn any) fx.Option) func(int) func(any) fx.Option {
	return func(int) func(any) fx.Option { return provide }
}

func TestLargeApplicationStarts(t *testing.T) {
	f := factory{parts: 10_000, deep: 1000, modules: 300}
	if testing.Short() {
		f.parts, f.modules = 2000, 60
		f.deep = 200
	}
	f.provide = f.mixed
	var made int
	began := time.Now()
	err := app.Run(t.Context(), append(f.options(&made), lifecycle.OnStart(func(*scopes.Factory) {}), app.RunOnce(func() {}))...)
	if err != nil {
		t.Fatal(err)
	}
	if made != f.parts {
		t.Errorf("%d parts were made, want %d", made, f.parts)
	}
	t.Logf("%d parts in %d modules, chains of %d: %v", f.parts, f.modules, f.deep, time.Since(began))
}

func TestNoChainIsTooLong(t *testing.T) {
	for name, provide := range map[string]func(any) fx.Option{"singletons": singleton, "scoped": scoped, "plain fx": plain} {
		t.Run(name, func(t *testing.T) {
			f := factory{parts: 5000, deep: 5000, modules: 1, provide: all(provide)}
			if testing.Short() {
				f.parts, f.deep = 2000, 2000
			}
			var made int
			err := app.Run(t.Context(), append(f.options(&made), lifecycle.OnStart(func(*scopes.Factory) {}), app.RunOnce(func() {}))...)
			if err != nil || made != f.parts {
				t.Errorf("%d parts were made: %v", made, err)
			}
		})
	}
}

func TestUnitOver500ScopedServices(t *testing.T) {
	type Work func(context.Context) error
	var work Work
	var made, held []int // the numbers of parts
	opts := []fx.Option{quiet, fx.Populate(&work)}
	needs := make([]int, 500)
	for n := range needs {
		needs[n] = n
		in := []reflect.Type{}
		if n > 0 {
			in = append(in, part(n-1), part(n/2))
		}
		sig := reflect.FuncOf(in, []reflect.Type{part(n), reflect.TypeFor[func()]()}, false)
		release := func() {
			if last := held[len(held)-1]; last != n {
				t.Errorf("part %d is released before part %d", n, last)
			}
			held = held[:len(held)-1]
		}
		opts = append(opts, di.Scoped(reflect.MakeFunc(sig, func([]reflect.Value) []reflect.Value {
			made, held = append(made, n), append(held, n)
			return []reflect.Value{reflect.Zero(part(n)), reflect.ValueOf(release)}
		}).Interface()))
	}
	a := app.New(append(opts, scopes.Bind[Work](user(needs[400:]...)))...)
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := work(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(made) != 1500 || len(held) != 0 {
		t.Errorf("%d parts were made and %d are held, want 1500 and none", len(made), len(held))
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestErrorsOfLargeGraphsAreReadable(t *testing.T) {
	var made int
	chain := func(n int, provide func(any) fx.Option, needs func(n int) int) []fx.Option {
		opts := []fx.Option{quiet}
		for i := range n {
			opts = append(opts, provide(maker(&made, i, needs(i))))
		}
		return opts
	}
	next := func(i int) int { return i + 1 }
	for _, tt := range []struct {
		name string
		opts []fx.Option
		want error
		says []string
	}{
		{
			"cycle of 300", chain(300, singleton, func(i int) int { return (i + 1) % 300 }), &di.CycleError{},
			[]string{"cycle of 300 providers", "... and 277 more ..."},
		},
		{
			"cycle of 300 of plain fx", append(chain(300, plain, func(i int) int { return (i + 1) % 300 }), fx.Invoke(user(0))), &di.CycleError{},
			[]string{"cycle of 300 providers", "... and 277 more ..."},
		},
		{
			"missing below 1000", chain(1000, scoped, next), &di.MissingError{},
			[]string{"missing [1000]struct {}", "... and 976 more ..."},
		},
		{
			"captive below 1000", append(chain(1000, singleton, next), di.Scoped(maker(&made, 1000))), &di.LifetimeError{},
			[]string{"[1000]struct {} is scoped"},
		},
		{
			"1000 times missing", chain(1000, singleton, func(i int) int { return i + 1000 }), &di.MissingError{},
			[]string{"1000 problems in the object graph"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := app.New(tt.opts...).Err()
			if target := reflect.New(reflect.TypeOf(tt.want)); !errors.As(err, target.Interface()) {
				t.Fatalf("Err is %.500v, want a %T", err, tt.want)
			}
			if line := err.Error(); len(line) > 2500 || strings.Contains(line, "\n") {
				t.Errorf("one line has %d bytes: %.1000s", len(line), line)
			}
			long := fmt.Sprintf("%+v", err)
			for _, part := range tt.says {
				if !strings.Contains(long, part) {
					t.Errorf("error does not say %q: %.3000s", part, long)
				}
			}
		})
	}
}

// Of twice as many parts, twice as much is made. Allocations are counted because they are the same each time.
func TestStartIsLinearInTheSize(t *testing.T) {
	var made int
	chains := func(provide func(any) fx.Option) func(n int) []fx.Option {
		return func(n int) []fx.Option {
			f := factory{parts: n, deep: 200, modules: 10, provide: all(provide)}
			return append(f.options(&made), lifecycle.OnStart(func(*scopes.Factory) {}))
		}
	}
	repeat := func(declare func(i int) fx.Option) func(n int) []fx.Option {
		return func(n int) []fx.Option {
			opts := []fx.Option{quiet, lifecycle.OnStart(func(*scopes.Factory) {})}
			for i := range n {
				opts = append(opts, declare(i))
			}
			return opts
		}
	}
	for name, options := range map[string]func(n int) []fx.Option{
		"singletons": chains(singleton),
		"scoped":     chains(scoped),
		"triggers":   repeat(func(int) fx.Option { return hosting.Every(time.Hour, func() {}) }),
		"services":   repeat(func(int) fx.Option { return hosting.Service(newReady) }),
		"hooks":      repeat(func(int) fx.Option { return fx.Options(lifecycle.OnStart(func() {}), lifecycle.OnStop(func() {})) }),
		"members":    repeat(func(int) fx.Option { return di.Singleton(newReady, di.Group("g")) }),
		"names":      repeat(func(i int) fx.Option { return di.Singleton(newReady, di.Name(fmt.Sprint(i))) }),
		"decorated": repeat(func(i int) fx.Option {
			return fx.Options(singleton(maker(&made, i)), di.Decorate(maker(&made, i, i)), di.ReplaceFunc(maker(&made, i)))
		}),
	} {
		t.Run(name, func(t *testing.T) {
			start := func(n int) uint64 {
				opts := options(n)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				a := app.New(opts...)
				runtime.ReadMemStats(&after)
				if err := a.Err(); err != nil {
					t.Fatal(err)
				}
				if err := a.Stop(t.Context()); err != nil {
					t.Error(err)
				}
				return after.Mallocs - before.Mallocs
			}
			start(1000) // types are made once in a process
			one, two := start(500), start(1000)
			if ratio := float64(two) / float64(one); ratio > 2.2 {
				t.Errorf("500 parts: %d allocations, 1000 parts: %d, %.2f times as many", one, two, ratio)
			}
		})
	}
}

// BenchmarkStart shows how the start grows with the size: parts in chains of 1000, in 300 modules. fx alone is beside.
func BenchmarkStart(b *testing.B) {
	run := map[string]func(opts []fx.Option) error{
		"fx": func(opts []fx.Option) error { return fx.New(append(opts, fx.NopLogger)...).Err() },
		"app": func(opts []fx.Option) error {
			a := app.New(opts...)
			return errors.Join(a.Err(), a.Stop(context.Background()))
		},
	}
	for _, s := range []struct {
		name, way string
		provide   func(any) fx.Option
	}{
		{"fx/plain", "fx", plain}, {"berth/plain", "app", plain}, {"berth/singletons", "app", singleton}, {"berth/scoped", "app", scoped},
	} {
		for _, parts := range []int{1250, 2500, 5000, 10_000, 20_000} {
			b.Run(fmt.Sprintf("%s/%d", s.name, parts), func(b *testing.B) {
				b.ReportAllocs()
				for range b.N {
					b.StopTimer()
					var made int
					f := factory{parts: parts, deep: 1000, modules: 300, provide: all(s.provide)}
					opts := f.options(&made)
					if s.way == "fx" {
						opts = opts[len(opts)-f.modules:]
					}
					for n := f.deep - 1; n < parts && s.name != "berth/scoped"; n += f.deep {
						opts = append(opts, fx.Invoke(user(n)))
					}
					runtime.GC()
					b.StartTimer()
					if err := run[s.way](opts); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(parts), "µs/part")
			})
		}
	}
}
