package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/hosting"
)

type email string

// tunables are a trigger of each kind.
func tunables() fx.Option {
	work := func(context.Context) {}
	return fx.Options(
		hosting.Every(time.Minute, work, hosting.Name("orders.GracePeriod")),
		hosting.Loop(work, hosting.Name("orders.Outbox")),
		hosting.Cron("0 3 * * *", work, hosting.Name("orders.CleanUp")),
		hosting.Consume[email](func(email) {}, hosting.Name("orders.Mail")),
		hosting.Run(func(ctx context.Context) { <-ctx.Done() }, hosting.Name("orders.Watch")),
	)
}

func settingsFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "c.yaml")
	rewrite(t, file, text)
	return file
}

func rewrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func infoOf(t *testing.T, all *hosting.Triggers, name string) hosting.Info {
	t.Helper()
	trigger, ok := all.Find(name)
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	return trigger.Info()
}

func TestConfigurationRetunesTriggersByName(t *testing.T) {
	file := settingsFile(t, `
triggers:
  orders.GracePeriod: {interval: 10s, timeout: 5s}
  orders.Outbox: {interval: 3s}
  orders.CleanUp: {cron: "0 4 * * *"}
  orders.Mail: {workers: 3, capacity: 7}
  orders.Watch: {enabled: false}
`)
	synctest.Test(t, func(t *testing.T) {
		var all *hosting.Triggers
		apptest.Start(t, tunables(), fx.Populate(&all), config.Load(
			config.File(file),
			config.Flags([]string{"--triggers.orders.Outbox.enabled=false"}),
		))
		synctest.Wait()
		if i := infoOf(t, all, "orders.GracePeriod"); i.Interval != 10*time.Second || time.Until(i.NextRun) != 10*time.Second {
			t.Errorf("Every: %+v", i)
		}
		if i := infoOf(t, all, "orders.Outbox"); i.Interval != 3*time.Second || i.State != hosting.Paused {
			t.Errorf("Loop: %+v", i)
		}
		if i := infoOf(t, all, "orders.CleanUp"); i.Cron != "0 4 * * *" {
			t.Errorf("Cron: %+v", i)
		}
		if i := infoOf(t, all, "orders.Mail"); i.Queue.Workers != 3 || i.Queue.Capacity != 7 {
			t.Errorf("Consume: %+v", i)
		}
		if i := infoOf(t, all, "orders.Watch"); i.State != hosting.Off {
			t.Errorf("Run: %+v", i)
		}
	})
}

func TestTriggersHaveTheirKeysUnderTheNamesTheyHaveAtLast(t *testing.T) {
	file := settingsFile(t, "triggers: {app_test.tick: {interval: 1s}, 'app_test.tick#2': {interval: 2s}, 'app_test.tick#3': {interval: 3s}}")
	var all *hosting.Triggers
	apptest.Start(t, fx.Populate(&all), config.Load(config.File(file)),
		hosting.Every(time.Hour, tick),
		hosting.Every(time.Hour, tick),
		hosting.Every(time.Hour, func() {}, hosting.Name("app_test.tick")),
	)
	for i, tr := range all.All() {
		want := map[string]time.Duration{"app_test.tick": time.Second, "app_test.tick#2": 2 * time.Second, "app_test.tick#3": 3 * time.Second}
		if got := tr.Info(); got.Interval != want[got.Name] {
			t.Errorf("trigger %d: %+v", i, got)
		}
	}
}

func tick() {}

func TestKeysThatFitNoTriggerAreErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"orders.GracePriod: {interval: 1s}", `key "triggers.orders.GracePriod" in c.yaml:1:12 is the name of no trigger; did you mean "orders.GracePeriod"?`},
		{"x: {interval: 1s}", `key "triggers.x" in c.yaml:1:12 is the name of no trigger: there are ["orders.CleanUp" "orders.GracePeriod" "orders.Mail" "orders.Outbox" "orders.Watch"]`},
		{"orders.CleanUp: {interval: 1s}", `key "triggers.orders.CleanUp.interval" in c.yaml:1:29 does not fit the Cron that is declared at app/triggers_test.go:N`},
		{"orders.GracePeriod: {cron: '@daily'}", `key "triggers.orders.GracePeriod.cron" in c.yaml:1:33 does not fit the Every that is declared at app/triggers_test.go:N`},
		{"orders.CleanUp: {cron: hunter2}", `key "triggers.orders.CleanUp.cron" in c.yaml:1:29 must be a spec of a Cron such as "30 3 * * *"`},
		{"orders.Watch: {timeout: 1s}", `key "triggers.orders.Watch.timeout" in c.yaml:1:27 does not fit the Run that is declared at app/triggers_test.go:N`},
		{"orders.Mail: {workers: 0, capacity: -1}", `key "triggers.orders.Mail.workers" in c.yaml:1:26 must be 1 or more`},
		{"orders.Outbox: {interval: 0s}", `key "triggers.orders.Outbox.interval" in c.yaml:1:28 must be longer than 0s`},
		{"orders.Outbox: {interval: often}", `key "triggers.orders.Outbox.interval" in c.yaml:1:28 must be a duration such as "1m30s", not negative`},
		{"orders.Outbox: {intervall: 1s}", `key "triggers.orders.Outbox.intervall" in c.yaml:1:28 is unknown; did you mean "interval"?`},
	} {
		file := settingsFile(t, "triggers: {"+tt.text+"}")
		err := app.New(fx.NopLogger, tunables(), config.Load(config.File(file)), fx.Invoke(func() { t.Error("something was constructed") })).Err()
		if err == nil {
			t.Errorf("%s: no error", tt.text)
			continue
		}
		text := regexp.MustCompile(`_test.go:\d+`).ReplaceAllString(strings.ReplaceAll(err.Error(), filepath.Dir(file)+"/", ""), "_test.go:N")
		if !strings.Contains(text, tt.want) || strings.Contains(text, "hunter2") {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.text, text, tt.want)
		}
	}
}

func TestAReloadRetunesTriggersThatRun(t *testing.T) {
	file := settingsFile(t, "")
	synctest.Test(t, func(t *testing.T) {
		var all *hosting.Triggers
		var c *config.Config
		apptest.Start(t, tunables(), fx.Populate(&all, &c), config.Load(config.File(file), config.Reload()))
		synctest.Wait()
		reload := func(text string) error {
			rewrite(t, file, text)
			err := c.Reload(t.Context())
			synctest.Wait()
			return err
		}
		if err := reload("triggers: {orders.GracePeriod: {interval: 10s}, orders.Outbox: {enabled: false}, orders.CleanUp: {cron: '@hourly'}, orders.Mail: {workers: 9, enabled: false}}"); err != nil {
			t.Fatal(err)
		}
		if i := infoOf(t, all, "orders.GracePeriod"); i.Interval != 10*time.Second || time.Until(i.NextRun) != 10*time.Second {
			t.Errorf("Every: %+v", i)
		}
		if i := infoOf(t, all, "orders.Outbox"); i.State != hosting.Paused {
			t.Errorf("Loop: %+v", i)
		}
		if i := infoOf(t, all, "orders.CleanUp"); i.Cron != "@hourly" {
			t.Errorf("Cron: %+v", i)
		}
		if i := infoOf(t, all, "orders.Mail"); i.State != hosting.Paused || i.Queue.Workers != 1 {
			t.Errorf("Consume: %+v", i)
		}

		var wrong *config.Error
		if err := reload("triggers: {orders.GracePeriod: {interval: 1s}, orders.CleanUp: {cron: daily}}"); !errors.As(err, &wrong) || wrong.Key != "triggers.orders.CleanUp.cron" {
			t.Errorf("got %v", err)
		}
		if i := infoOf(t, all, "orders.GracePeriod"); i.Interval != 10*time.Second {
			t.Errorf("after a bad change: %+v", i)
		}

		pausedByHand, _ := all.Find("orders.GracePeriod")
		pausedByHand.Pause()
		if err := reload(""); err != nil {
			t.Fatal(err)
		}
		if i := infoOf(t, all, "orders.GracePeriod"); i.Interval != time.Minute || i.State != hosting.Paused {
			t.Errorf("Every, as the program says: %+v", i)
		}
		if i := infoOf(t, all, "orders.Outbox"); i.State != hosting.Waiting {
			t.Errorf("Loop, as the program says: %+v", i)
		}
		if i := infoOf(t, all, "orders.CleanUp"); i.Cron != "0 3 * * *" {
			t.Errorf("Cron, as the program says: %+v", i)
		}
	})
}
