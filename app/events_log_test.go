package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/hosting"
)

func TestStartIsLoggedWithItsProfileAndBudgets(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"shop.yaml", "shop.staging.yaml"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for profile, want := range map[string]any{"staging": "staging", "": nil} {
		t.Setenv("BERTH_PROFILE", profile)
		log, logs := observed(zap.InfoLevel)
		runOnce(t, fx.Supply(log), config.Load(config.File(filepath.Join(dir, "shop.yaml"))), app.StopTimeout(20*time.Second))
		start := logs.FilterMessage("application starting").All()
		if len(start) != 1 {
			t.Fatalf("the start was logged %d times", len(start))
		}
		fields := start[0].ContextMap()
		if fields["profile"] != want || fields["stop_timeout"] != 20*time.Second || fields["go"] == nil {
			t.Errorf("with profile %q the start says %v", profile, fields)
		}
	}
}

func expire() { panic("secret") }

func TestFailedUnitIsNamedOnce(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		log, logs := observed(zap.InfoLevel)
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		if err := app.Run(ctx, fx.Supply(log), hosting.Every(time.Minute, expire)); err != nil {
			t.Fatal(err)
		}
		failed := logs.FilterMessage("unit failed").All()
		if len(failed) != 1 {
			t.Fatalf("logged %v", failed)
		}
		fields := failed[0].ContextMap()
		text, _ := fields["error"].(string)
		if fields["name"] != "app_test.expire" || !strings.HasPrefix(text, "panic with a string at app/events_log_test.go:") || strings.Contains(text, "expire") {
			t.Errorf("logged %v", fields)
		}
	})
}
