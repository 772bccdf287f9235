package config_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/scopes"
)

// Remind is a unit of work: each call has the settings of one moment.
type Remind func(context.Context) error

func remind(s GraceSettings) { fmt.Println("buyers have", s.GracePeriod) }

// A unit of work takes its settings as it does without Reload.
func ExampleReload() {
	file := filepath.Join(os.TempDir(), "berth-example-reload.yaml")
	_ = os.WriteFile(file, []byte("grace: {grace_period: 1h}"), 0o600)
	defer os.Remove(file)

	var call Remind
	var c *config.Config
	a := app.New(quiet,
		config.Load(config.File(file), config.Reload()),
		config.Bind[GraceSettings]("grace"),
		scopes.Bind[Remind](remind),
		fx.Populate(&call, &c),
	)
	ctx := context.Background()
	defer a.Stop(ctx)
	_ = a.Start(ctx)

	_ = call(ctx)
	_ = os.WriteFile(file, []byte("grace: {grace_period: 2h}"), 0o600)
	_ = c.Reload(ctx) // it would be seen a second or two later
	_ = call(ctx)
	_ = os.WriteFile(file, []byte("grace: {grace_period: soon}"), 0o600)
	fmt.Println(c.Reload(ctx) != nil)
	_ = call(ctx)
	// Output:
	// buyers have 1h0m0s
	// buyers have 2h0m0s
	// true
	// buyers have 2h0m0s
}

// A watcher lives as long as the application.
type watcher struct{ settings *config.Live[GraceSettings] }

func newWatcher(settings *config.Live[GraceSettings]) *watcher { return &watcher{settings} }

func (w *watcher) Run(ctx context.Context) error {
	for {
		changed := w.settings.Changed() // before Get, so that no change is missed
		timer := time.NewTimer(w.settings.Get().CheckInterval)
		select {
		case <-timer.C:
			fmt.Println("checked")
		case <-changed:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
	}
}

// What lives longer than a unit of work takes a Live.
func ExampleLive() {
	_ = app.Run(canceled(),
		quiet,
		config.Load(config.File("ordering.yaml", config.Optional()), config.Reload()),
		config.Bind[GraceSettings]("grace"),
		hosting.Service(newWatcher),
	)
	fmt.Println("stopped")
	// Output: stopped
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// Triggers are retuned by their names, whatever the program says.
func ExampleLoad_triggers() {
	var triggers *hosting.Triggers
	a := app.New(quiet,
		config.Load(config.Flags([]string{"--triggers.grace.Remind.interval=5s"})),
		config.Bind[GraceSettings]("grace"),
		hosting.Every(time.Minute, remind, hosting.Name("grace.Remind")),
		fx.Populate(&triggers),
	)
	defer a.Stop(context.Background())
	t, _ := triggers.Find("grace.Remind")
	fmt.Println(t.Info().Interval)
	// Output: 5s
}

// Settings of one's own reach a trigger by With.
func ExampleBind_with() {
	var triggers *hosting.Triggers
	a := app.New(quiet,
		config.Bind[GraceSettings]("grace"),
		hosting.Every(time.Minute, remind,
			hosting.With(func(s *config.Live[GraceSettings]) hosting.Option { return hosting.Interval(s.Get().CheckInterval) })),
		fx.Populate(&triggers),
	)
	defer a.Stop(context.Background())
	fmt.Println(triggers.All()[0].Info().Interval)
	// Output: 10s
}
