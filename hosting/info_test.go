package hosting_test

import (
	"context"
	"testing"
	"time"

	"github.com/berth-go/berth/hosting"
)

func TestInfoTellsOfTheLastSuccessAndTheFailuresSince(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		turns := 0
		trigger := p.add(hosting.Every(time.Minute, nothing), func(context.Context) error {
			if turns++; turns == 2 || turns == 3 {
				return errUnit
			}
			return nil
		})
		p.start()
		for _, want := range []struct {
			failures, inRow int
			success         time.Duration
		}{
			{0, 0, 1 * time.Minute},
			{1, 1, 1 * time.Minute},
			{2, 2, 1 * time.Minute},
			{2, 0, 4 * time.Minute},
		} {
			<-time.After(time.Minute + time.Second/10)
			i := trigger.Info()
			if i.Failures != want.failures || i.FailuresInRow != want.inRow || i.LastSuccess.Sub(p.begun) != want.success {
				t.Errorf("%d failures, %d in a row, last success after %v, want %+v", i.Failures, i.FailuresInRow, i.LastSuccess.Sub(p.begun), want)
			}
		}
		p.stop()
	})
}

func TestInfoOfATriggerThatHasNotRunHasNoSuccess(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		trigger := p.add(hosting.Loop(nothing, hosting.Delay(time.Hour)), nothing)
		p.runFor(time.Minute)
		if i := trigger.Info(); !i.LastSuccess.IsZero() {
			t.Errorf("last success is %v", i.LastSuccess)
		}
	})
}
