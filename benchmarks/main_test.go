package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/berth-go/berth/benchmarks/internal/measure"
)

// hasty measures nothing of worth, but all of it.
var hasty = pace{measure.How{Rounds: 1, Slot: time.Millisecond}, measure.How{Rounds: 1, Slot: time.Millisecond}}

func TestEveryRatioIsPrintedOnALineOfItsOwn(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures for some seconds")
	}
	var out bytes.Buffer
	if _, err := run(&out, hasty, nil); err != nil {
		t.Fatalf("%+v", err)
	}
	line := regexp.MustCompile(`^ratio ([a-z-]+) \d+\.\d\d$`)
	var printed []string
	for _, s := range strings.Split(out.String(), "\n") {
		if m := line.FindStringSubmatch(s); m != nil {
			printed = append(printed, m[1])
		}
	}
	var want []string
	for _, r := range ratios {
		want = append(want, r.name)
	}
	if got, want := strings.Join(printed, " "), strings.Join(want, " "); got != want {
		t.Errorf("ratios %s were printed, want %s, in:\n%s", got, want, out.String())
	}
}

func TestUnknownRatioIsAnError(t *testing.T) {
	var out bytes.Buffer
	if _, err := run(&out, hasty, []string{"unit", "units"}); err == nil || !strings.Contains(err.Error(), `"units"`) {
		t.Errorf("run returned %v, want an error that names units", err)
	}
}
