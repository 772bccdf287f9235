package app_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/app/log"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// times is a source that counts how often it was read.
type times struct{ n int }

func (s *times) Read() (map[string]any, error) {
	s.n++
	return map[string]any{"read": map[string]any{"times": s.n}}, nil
}

// unchanged is a source that asks for a signal when it is read again.
type unchanged struct{ again bool }

func (s *unchanged) Read() (map[string]any, error) {
	if s.again {
		signalMe()
	}
	s.again = true
	return nil, nil
}

type readSettings struct{ Times int }

// reloading asks for a signal, and again after each change.
var reloading = []fx.Option{
	config.Load(config.From("times", &times{}), config.Reload()),
	config.Bind[readSettings]("read"),
	hosting.Run(func(ctx context.Context, live *config.Live[readSettings]) error {
		for {
			changed := live.Changed()
			if n := live.Get().Times; n > 1 {
				fmt.Println("read", n)
			}
			signalMe()
			select {
			case <-changed:
			case <-ctx.Done():
				return nil
			}
		}
	}, hosting.AfterIntake()),
}

func TestAReloadIsToldInTheLogByKeysAndNotByValues(t *testing.T) {
	file := settingsFile(t, "read: {times: 1}")
	logger, logs := observed(zap.InfoLevel)
	var c *config.Config
	a := app.New(app.Logger(func() *zap.Logger { return logger }), config.Load(config.File(file), config.Reload()),
		config.Bind[readSettings]("read"), fx.Populate(&c))
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"read: {times: 2}",
		"read: {times: 2} # as before",
		"read: {times: hunter2}",
		"read: {times: 3}\napp: {stop_timeout: 3s}",
	} {
		rewrite(t, file, text)
		_ = c.Reload(t.Context())
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range logs.All() {
		if f := l.ContextMap(); f["kind"] == "Reload" && l.Message != "started" {
			got = append(got, fmt.Sprintf("%v: %s %v %v %t", l.Level, l.Message, f["keys"], f["restart"], f["error"] != nil))
		}
	}
	want := []string{
		"info: configuration reloaded [read.times] <nil> false",
		"error: configuration is wrong, the last good one stays <nil> <nil> true",
		"warn: configuration reloaded, some of it counts from the next start on [read.times] [app.stop_timeout] false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestAReloadChangesLevelsAndLeavesThoseSetAtRunTime(t *testing.T) {
	file := settingsFile(t, "log: {levels: {orders: debug}}")
	logger, _ := observed(zap.DebugLevel)
	var c *config.Config
	var levels *log.Levels
	a := app.New(di.Singleton(func() *zap.Logger { return logger }), config.Load(config.File(file), config.Reload()), fx.Populate(&c, &levels))
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	levels.Set("carts", zap.ErrorLevel)
	for _, tt := range []struct {
		text          string
		orders, carts zapcore.Level
	}{
		{"log: {levels: {orders: debug}, caller: true}", zap.DebugLevel, zap.ErrorLevel},
		{"log: {levels: {orders: warn}}", zap.WarnLevel, zap.InfoLevel},
		{"", zap.InfoLevel, zap.InfoLevel},
	} {
		rewrite(t, file, tt.text)
		if err := c.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if o, ca := levels.Level("orders"), levels.Level("carts"); o != tt.orders || ca != tt.carts {
			t.Errorf("%s: %v and %v", tt.text, o, ca)
		}
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// HO-024.
func TestShutdownMayBeProvidedByTheProgram(t *testing.T) {
	var asked []error
	a := app.New(fx.NopLogger, di.Singleton(func() lifecycle.Shutdown { return func(err error) { asked = append(asked, err) } }),
		lifecycle.OnStart(func(s lifecycle.Shutdown) { s(errBoom) }))
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Stop(t.Context()); err != nil || len(asked) != 1 {
		t.Errorf("asked %d times, %v", len(asked), err)
	}
}
