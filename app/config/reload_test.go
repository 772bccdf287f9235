package config_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// readGrace tells what one unit of work sees.
type readGrace func(context.Context) (grace, error)

// replace puts a text in the place of a file, all at once.
func replace(t testing.TB, path, text string) {
	t.Helper()
	beside := path + ".new"
	if err := os.WriteFile(beside, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(beside, path); err != nil {
		t.Fatal(err)
	}
}

// A reloading is an application that follows a file.
type reloading struct {
	fx.In

	Config *config.Config
	Live   *config.Live[grace]
	Read   readGrace
}

func startReloading(t *testing.T, path string, opts ...fx.Option) (r reloading) {
	t.Helper()
	apptest.Start(t, append(opts,
		config.Load(config.File(path), config.Reload()),
		config.Bind[grace]("grace"),
		scopes.Bind[readGrace](func(g grace) grace { return g }),
		fx.Invoke(func(in reloading) { r = in }),
	)...)
	return r
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// HO-018, HO-075.
func TestAChangedFileIsReadAnew(t *testing.T) {
	file := write(t, "c.yaml", "grace: {check_interval: 1s}")
	synctest.Test(t, func(t *testing.T) {
		r := startReloading(t, file)
		changed := r.Live.Changed()
		replace(t, file, "grace: {check_interval: 2s}")
		if isClosed(changed) {
			t.Error("the change was seen before it has stood")
		}
		<-changed
		if g, err := r.Read(t.Context()); r.Live.Get().CheckInterval != 2*time.Second || g.CheckInterval != 2*time.Second || err != nil {
			t.Errorf("live is %v, a unit sees %v, %v", r.Live.Get(), g, err)
		}
	})
}

func TestAHalfWrittenFileIsNotRead(t *testing.T) {
	file := write(t, "c.yaml", "grace: {check_interval: 1s}")
	synctest.Test(t, func(t *testing.T) {
		r := startReloading(t, file)
		time.Sleep(500 * time.Millisecond) // between two glances
		for i := range 10 {
			if err := os.WriteFile(file, fmt.Appendf(nil, "grace: {check_interval: %ds}", i+2), 0o600); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			if got := r.Live.Get().CheckInterval; got != time.Second {
				t.Fatalf("got %v while the file was being written", got)
			}
		}
		time.Sleep(time.Second)
		if got := r.Live.Get().CheckInterval; got != 11*time.Second {
			t.Errorf("got %v", got)
		}
	})
}

func TestASwapOfAConfigMapIsSeen(t *testing.T) {
	dir := t.TempDir()
	generation := func(name, text string) {
		if err := errors.Join(os.Mkdir(filepath.Join(dir, name), 0o700), os.WriteFile(filepath.Join(dir, name, "c.yaml"), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	point := func(name string) {
		next := filepath.Join(dir, "..data_tmp")
		if err := errors.Join(os.Symlink(name, next), os.Rename(next, filepath.Join(dir, "..data"))); err != nil {
			t.Fatal(err)
		}
	}
	generation("..1", "grace: {check_interval: 1s}")
	point("..1")
	if err := os.Symlink(filepath.Join("..data", "c.yaml"), filepath.Join(dir, "c.yaml")); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		r := startReloading(t, filepath.Join(dir, "c.yaml"))
		changed := r.Live.Changed()
		generation("..2", "grace: {check_interval: 2s}")
		point("..2")
		if err := os.RemoveAll(filepath.Join(dir, "..1")); err != nil {
			t.Fatal(err)
		}
		<-changed
		if got := r.Live.Get().CheckInterval; got != 2*time.Second {
			t.Errorf("got %v", got)
		}
	})
}

// HO-019.
func TestWithoutReloadAChangedFileIsNotRead(t *testing.T) {
	file := write(t, "c.yaml", "grace: {check_interval: 1s}")
	synctest.Test(t, func(t *testing.T) {
		var c *config.Config
		var live *config.Live[grace]
		var got grace
		apptest.Start(t, config.Load(config.File(file)), config.Bind[grace]("grace"), fx.Populate(&c, &live, &got))
		replace(t, file, "grace: {check_interval: 2s}")
		time.Sleep(time.Hour)
		if live.Get().CheckInterval != time.Second || got.CheckInterval != time.Second {
			t.Errorf("got %v and %v", live.Get(), got)
		}
		if err := c.Reload(t.Context()); err == nil || err.Error() != "configuration is read once: give config.Load the option config.Reload()" {
			t.Errorf("got %v", err)
		}
	})
}

// SC-044, SC-045.
func TestOneUnitSeesOneSnapshot(t *testing.T) {
	type later struct{ scope *scopes.Scope }
	type readTwice func(context.Context, func()) (int, int, error)
	file := write(t, "c.yaml", "server: {port: 1}\ngrace: {check_interval: 1s}")
	var c *config.Config
	var read readTwice
	apptest.Start(t,
		config.Load(config.File(file), config.Reload()),
		config.Bind[grace]("grace"),
		config.Bind[server]("server"),
		di.Scoped(func(s *scopes.Scope) later { return later{s} }),
		scopes.Bind[readTwice](func(change func(), s server, l later) (int, int, error) {
			change()
			g, err := scopes.Get[grace](l.scope)
			return s.Port, int(g.CheckInterval / time.Second), err
		}),
		fx.Populate(&c, &read),
	)
	change := func() {
		replace(t, file, "server: {port: 2}\ngrace: {check_interval: 2s}")
		if err := c.Reload(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if port, interval, err := read(t.Context(), change); port != 1 || interval != 1 || err != nil {
		t.Errorf("a unit under way sees %d, %d, %v", port, interval, err)
	}
	if port, interval, err := read(t.Context(), change); port != 2 || interval != 2 || err != nil {
		t.Errorf("the next unit sees %d, %d, %v", port, interval, err)
	}
}

// HO-077.
func TestChangedTellsOfEachChangeOfItsSectionOnce(t *testing.T) {
	file := write(t, "c.yaml", "grace: {check_interval: 1s}")
	r := startReloading(t, file, config.Bind[server]("server"))
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"grace: {check_interval: 1s}\nserver: {port: 2}", false},
		{"# a comment\ngrace:\n  check_interval: 1000ms", false},
		{"grace: {check_interval: 3s}", true},
		{"grace: {check_interval: 3s}", false},
		{"grace: {check_interval: 3s, shops: [a, b]}", true},
		{"grace: {check_interval: 3s, shops: [b, a]}", true},
	} {
		changed := r.Live.Changed()
		replace(t, file, tt.text)
		if err := r.Config.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if isClosed(changed) != tt.want {
			t.Errorf("%s: told is %v", tt.text, !tt.want)
		}
		if now := r.Live.Changed(); isClosed(now) {
			t.Errorf("%s: told twice", tt.text)
		}
	}
}

// HO-076.
func TestALiveHasTheNameOfItsSection(t *testing.T) {
	file := write(t, "c.yaml", "one: {port: 1}")
	var c *config.Config
	var both struct {
		fx.In
		One *config.Live[server]
		Two *config.Live[server] `name:"two"`
	}
	apptest.Start(t, config.Load(config.File(file), config.Reload()),
		config.Bind[server]("one"), config.Bind[server]("two", di.Name("two")), fx.Populate(&c, &both))
	one, two := both.One.Changed(), both.Two.Changed()
	replace(t, file, "one: {port: 1}\ntwo: {port: 2}")
	if err := c.Reload(t.Context()); err != nil || isClosed(one) || !isClosed(two) || both.One.Get().Port != 1 || both.Two.Get().Port != 2 {
		t.Errorf("got %v and %v, %v", both.One.Get(), both.Two.Get(), err)
	}
}

func TestABadChangeKeepsTheLastGoodSettings(t *testing.T) {
	const good = "grace: {check_interval: 2s}\nserver: {port: 2}"
	for name, tt := range map[string]struct{ text, want string }{
		"a value":         {"grace: {check_interval: hunter2}\nserver: {port: 1}", `key "grace.check_interval" in c.yaml:1:9 must be a duration such as "1m30s", not negative`},
		"a key":           {"grace: {chek_interval: 3s}\nserver: {port: 1}", `key "grace.chek_interval" in c.yaml:1:9 is unknown; did you mean "check_interval"?`},
		"a section":       {"grace: {check_interval: 1h}\nserver: {port: 1}", `section "grace" is invalid: check_interval is longer than grace_period (check_interval is set in c.yaml:1:9)`},
		"another section": {"grace: {check_interval: 3s}\nserver: {port: hunter2}", `key "server.port" in c.yaml:2:10 must be a whole number`},
		"the file":        {"grace: [hunter2", `c.yaml:2:1: did not find expected`},
	} {
		t.Run(name, func(t *testing.T) {
			file := write(t, "c.yaml", good)
			r := startReloading(t, file, config.Bind[server]("server"))
			changed := r.Live.Changed()
			replace(t, file, tt.text)
			text := scrub(r.Config.Reload(t.Context()), filepath.Dir(file))
			if !strings.Contains(text, tt.want) || strings.Contains(text, "hunter2") {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
			if g, _ := r.Read(t.Context()); isClosed(changed) || r.Live.Get().CheckInterval != 2*time.Second || g.CheckInterval != 2*time.Second {
				t.Errorf("live is %v, a unit sees %v", r.Live.Get(), g)
			}
			replace(t, file, "grace: {check_interval: 5s}")
			if err := r.Config.Reload(t.Context()); err != nil || r.Live.Get().CheckInterval != 5*time.Second {
				t.Errorf("after the next change: %v, %v", r.Live.Get(), err)
			}
		})
	}
}

func TestAFileThatIsGoneKeepsTheLastGoodSettings(t *testing.T) {
	file := write(t, "c.yaml", "grace: {check_interval: 2s}")
	r := startReloading(t, file)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := r.Config.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("got %v", err)
	}
	if got := r.Live.Get().CheckInterval; got != 2*time.Second {
		t.Errorf("got %v", got)
	}
}

func TestReloadReturnsWhenItsContextEndsWhileAnotherIsUnderWay(t *testing.T) {
	file := write(t, "c.yaml", "")
	r := startReloading(t, file)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	for range 100 { // select takes either
		if err := r.Config.Reload(ctx); err != nil && !errors.Is(err, gone) {
			t.Fatalf("got %v", err)
		}
	}
}

// SC-043, HO-015, HO-016.
func TestSingletonsCannotHoldSettingsThatChange(t *testing.T) {
	type holder struct{}
	for name, opt := range map[string]fx.Option{
		"a singleton":     di.Singleton(func(grace) holder { return holder{} }),
		"an fx.Provide":   fx.Provide(func(grace) holder { return holder{} }),
		"an fx.Invoke":    fx.Invoke(func(grace) {}),
		"through another": fx.Options(di.Transient(func(grace) server { return server{} }), di.Singleton(func(server) holder { return holder{} })),
	} {
		t.Run(name, func(t *testing.T) {
			err := app.New(config.Load(config.Reload()), config.Bind[grace]("grace"), opt).Err()
			var lifetime *di.LifetimeError
			if !errors.As(err, &lifetime) || !strings.Contains(lifetime.Error(), "take *config.Live[config_test.grace]") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSettingsOfAUnitCostNoAllocation(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools")
	}
	type run func(context.Context) error
	cost := func(opts ...config.Option) float64 {
		var call run
		apptest.Start(t, config.Load(opts...), config.Bind[grace]("grace"), config.Bind[server]("server"),
			scopes.Bind[run](func(grace, server) {}), fx.Populate(&call))
		return testing.AllocsPerRun(200, func() {
			if err := call(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
	if with, without := cost(config.Reload()), cost(); with > without {
		t.Errorf("%v allocations, without Reload %v", with, without)
	}
}

// A counter is a source that says the same number everywhere.
type counter struct{ atomic.Int64 }

func (c *counter) Read() (map[string]any, error) {
	n := int(c.Load())
	one := map[string]any{"a": n, "b": n, "list": []any{n, n}}
	return map[string]any{"one": one, "two": map[string]any{"a": n, "b": n}}, nil
}

func TestNoReaderSeesATornChange(t *testing.T) {
	const changes, readers = 1000, 8
	type pair struct {
		A, B int
		List []int
	}
	type readBoth func(context.Context) (pair, pair, error)
	var now counter
	var c *config.Config
	var live *config.Live[pair]
	var read readBoth
	a := apptest.Start(t,
		config.Load(config.From("counter", &now), config.Reload()),
		config.Bind[pair]("one"),
		config.Bind[pair]("two", di.Name("two")),
		scopes.Bind[readBoth](func(one pair, two struct {
			fx.In
			Pair pair `name:"two"`
		},
		) (pair, pair) {
			return one, two.Pair
		}),
		fx.Populate(&c, &live, &read),
	)
	torn := func(p pair) bool {
		return p.A != p.B || len(p.List) > 0 && (p.List[0] != p.A || p.List[1] != p.A)
	}
	done := make(chan struct{})
	var group sync.WaitGroup
	for range readers {
		group.Go(func() {
			last := 0
			for !isClosed(done) {
				one, two, err := read(context.Background())
				if err != nil || torn(one) || torn(two) || one.A != two.A || torn(live.Get()) || one.A < last {
					t.Errorf("after %d a unit saw %v and %v, %v", last, one, two, err)
					return
				}
				last = one.A
				runtime.Gosched()
			}
		})
	}
	told := 0
	for n := 1; n <= changes; n++ {
		changed := live.Changed()
		now.Store(int64(n))
		if err := c.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if isClosed(changed) {
			told++
		}
	}
	close(done)
	group.Wait()
	if told != changes || live.Get().A != changes {
		t.Errorf("told of %d changes, the last is %d", told, live.Get().A)
	}
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
}
