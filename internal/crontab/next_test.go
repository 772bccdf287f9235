package crontab_test

import (
	"testing"
	"time"

	"github.com/berth-go/berth/internal/crontab"
)

func TestClockThatIsSetBackMakesNothingDueTwice(t *testing.T) {
	spec, err := crontab.Parse("CRON_TZ=UTC 0 3 * * *")
	if err != nil {
		t.Fatal(err)
	}
	moment := func(day, hour int) time.Time { return time.Date(2024, 1, day, hour, 0, 0, 0, time.UTC) }
	for _, test := range []struct {
		name            string
		last, now, want time.Time
	}{
		{"steady", moment(5, 3), moment(5, 4), moment(6, 3)},
		{"missed, by a sleep or a clock set forward", moment(5, 3), moment(8, 9), moment(6, 3)},
		{"set back a little", moment(5, 3), moment(5, 2), moment(6, 3)},
		{"set back to another day", moment(5, 3), moment(2, 9), moment(3, 3)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := spec.After(test.last, test.now); !got.Equal(test.want) {
				t.Errorf("due at %v, want %v", got, test.want)
			}
		})
	}
}
