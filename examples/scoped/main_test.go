package main_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	scoped "github.com/berth-go/berth/examples/scoped"
)

func TestCounterStartsAgainWithEachScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.InfoLevel)
		application := apptest.Start(t, scoped.Module, di.Replace(zap.New(core)))
		<-time.After(65 * time.Second) // seven executions, at 0, 10, ... 60 s
		application.Stop()

		for form, want := range map[string][]int64{
			"bound":    {1, 2, 3, 4, 5, 6, 7},
			"loop":     {1, 1, 1, 1, 1, 1, 1},
			"explicit": {1, 2, 3, 1, 2, 3, 1},
		} {
			var counts []int64
			for _, line := range logs.FilterMessage("working").FilterField(zap.String("form", form)).All() {
				counts = append(counts, line.ContextMap()["count"].(int64))
			}
			if !slices.Equal(counts, want) {
				t.Errorf("%s counts %v, want %v", form, counts, want)
			}
		}
		if n, want := logs.FilterMessage("released").Len(), 1+7+3; n != want {
			t.Errorf("%d were released, want %d", n, want)
		}
	})
}
