package log_test

import (
	"maps"
	"slices"
	"sync"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/app/log"
	"github.com/berth-go/berth/di"
	"go.uber.org/fx"
)

// HO-083
func TestLongestPrefixOfANameDecidesItsLevel(t *testing.T) {
	var l log.Levels
	l.Set("", zap.WarnLevel)
	l.Set("orders", zap.DebugLevel)
	l.Set("orders.Repo", zap.ErrorLevel)
	tests := []struct {
		logger string
		want   zapcore.Level
	}{
		{"", zap.WarnLevel}, // HO-126
		{"billing", zap.WarnLevel},
		{"orders", zap.DebugLevel},
		{"orders.SendDue", zap.DebugLevel},
		{"orders.Repo", zap.ErrorLevel}, // HO-125
		{"orders.Repo.sql", zap.ErrorLevel},
		{"orders.Report", zap.DebugLevel},
		{"ordersarchive", zap.WarnLevel},
		{"shop.orders", zap.WarnLevel},
	}
	for _, test := range tests {
		if got := l.Level(test.logger); got != test.want {
			t.Errorf("logger %q writes from %v on, want %v", test.logger, got, test.want)
		}
	}
}

func TestInfoIsTheLevelWithoutRules(t *testing.T) {
	var l log.Levels
	if got := l.Level("orders"); got != zap.InfoLevel {
		t.Errorf("level is %v", got)
	}
}

// HO-127
func TestLaterRuleForANameCounts(t *testing.T) {
	var l log.Levels
	l.Set("orders", zap.ErrorLevel)
	l.Set("orders", zap.DebugLevel)
	if got := l.Level("orders.Repo"); got != zap.DebugLevel {
		t.Errorf("level is %v", got)
	}
	l.Unset("orders")
	if got := l.Level("orders.Repo"); got != zap.InfoLevel {
		t.Errorf("level without the rule is %v", got)
	}
	l.Replace(map[string]zapcore.Level{"billing": zap.WarnLevel})
	if got, want := l.All(), map[string]zapcore.Level{"billing": zap.WarnLevel}; !maps.Equal(got, want) {
		t.Errorf("rules are %v, want %v", got, want)
	}
}

// A shelf is a consumer of a logger, named log_test.shelf.
type shelf struct{ log *zap.Logger }

func newShelf(log *zap.Logger) *shelf { return &shelf{log} }

// started starts an application that logs to an observer through its levels, and returns what it was asked for.
func started(t *testing.T, rules map[string]zapcore.Level, targets ...any) *observer.ObservedLogs {
	t.Helper()
	inner, lines := observer.New(zap.DebugLevel)
	a := app.New(
		app.Logger(func(l *log.Levels) *zap.Logger { l.Replace(rules); return zap.New(l.Core(inner)) }),
		di.Singleton(newShelf), fx.Populate(targets...),
	)
	if err := a.Err(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
	lines.TakeAll()
	return lines
}

func written(lines *observer.ObservedLogs) []string {
	var all []string
	for _, e := range lines.TakeAll() {
		all = append(all, e.LoggerName+" "+e.Message)
	}
	return all
}

// HO-124: the same Replace is what a reload of the configuration calls.
func TestChangedLevelReachesLoggersThatWereHandedOut(t *testing.T) {
	var s *shelf
	var levels *log.Levels
	lines := started(t, nil, &s, &levels)
	derived := map[string]*zap.Logger{
		"itself":            s.log,
		"with fields":       s.log.With(zap.Int("n", 1)),
		"with lazy fields":  s.log.WithLazy(zap.Int("n", 1)),
		"named":             s.log.Named("inner"),
		"sugared and back":  s.log.Sugar().Desugar(),
		"named with fields": s.log.With(zap.Int("n", 1)).Named("inner"),
	}
	say := func() int {
		for _, l := range derived {
			l.Debug("hello")
		}
		return len(lines.TakeAll())
	}
	if n := say(); n != 0 {
		t.Errorf("%d wrote below their level", n)
	}
	levels.Set("log_test", zap.DebugLevel)
	if n := say(); n != len(derived) {
		t.Errorf("%d of %d write at the new level", n, len(derived))
	}
	levels.Replace(nil)
	if n := say(); n != 0 {
		t.Errorf("%d write at the old level", n)
	}
}

func TestRuleForALongerNameReachesWhatNamedMade(t *testing.T) {
	var s *shelf
	lines := started(t, map[string]zapcore.Level{"log_test.shelf.sql": zap.DebugLevel, "log_test.shelf.net": zap.ErrorLevel}, &s)
	for _, l := range []*zap.Logger{s.log, s.log.Named("sql"), s.log.Named("net"), s.log.Named("sql").Named("tx")} {
		l.Debug("debug")
		l.Info("info")
	}
	want := []string{"log_test.shelf info", "log_test.shelf.sql debug", "log_test.shelf.sql info", "log_test.shelf.sql.tx debug", "log_test.shelf.sql.tx info"}
	if got := written(lines); !slices.Equal(got, want) {
		t.Errorf("written %q, want %q", got, want)
	}
	if got := s.log.Level(); got != zap.InfoLevel {
		t.Errorf("logger says it writes from %v on", got)
	}
}

func TestTwoApplicationsHaveLevelsOfTheirOwn(t *testing.T) {
	var quiet, loud *shelf
	quietLines := started(t, map[string]zapcore.Level{"": zap.ErrorLevel}, &quiet)
	loudLines := started(t, map[string]zapcore.Level{"": zap.DebugLevel}, &loud)
	quiet.log.Info("hello")
	loud.log.Debug("hello")
	if q, l := quietLines.Len(), loudLines.Len(); q != 0 || l != 1 {
		t.Errorf("quiet one wrote %d lines, loud one %d", q, l)
	}
}

func TestLevelsAreSetByConfiguration(t *testing.T) {
	var levels *log.Levels
	a := app.New(fx.Populate(&levels), fx.Invoke(func(*zap.Logger) {}), config.Load(config.Values(map[string]any{
		"log": map[string]any{"levels": map[string]any{"": "warn", "orders": "debug"}},
	})))
	if err := a.Err(); err != nil {
		t.Fatal(err)
	}
	want := map[string]zapcore.Level{"": zap.WarnLevel, "orders": zap.DebugLevel}
	if got := levels.All(); !maps.Equal(got, want) {
		t.Errorf("rules are %v, want %v", got, want)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLevelsMayChangeWhileLinesAreWritten(t *testing.T) {
	var s *shelf
	var levels *log.Levels
	lines := started(t, nil, &s, &levels)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				s.log.Info("always")
				s.log.Named("sql").Debug("sometimes")
			}
		})
		wg.Go(func() {
			for range 200 {
				levels.Set("log_test.shelf.sql", zap.DebugLevel)
				levels.Unset("log_test.shelf.sql")
			}
		})
	}
	wg.Wait()
	if n := lines.FilterMessage("always").Len(); n != 800 {
		t.Errorf("%d of 800 lines were written", n)
	}
}

func BenchmarkDisabledLine(b *testing.B) {
	inner, _ := observer.New(zap.DebugLevel)
	plain := zap.New(zapcore.NewNopCore())
	atomic := zap.New(inner).WithOptions(zap.IncreaseLevel(zap.NewAtomicLevelAt(zap.InfoLevel)))
	for _, bench := range []struct {
		name string
		log  *zap.Logger
	}{
		{"nop", plain},
		{"zap", atomic},
		{"levels", zap.New(new(log.Levels).Core(inner))},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				bench.log.Debug("nobody reads this", zap.Int("n", 1))
			}
		})
	}
}
