package main_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	timed "github.com/berth-go/berth/examples/timed"
)

// asProgram makes the test binary run the program instead of the tests.
const asProgram = "TIMED_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		app.Main(timed.Module)
		return
	}
	goleak.VerifyTestMain(m)
}

// counts are those of the lines with a message of one of the two counters.
func counts(logs *observer.ObservedLogs, counter, message string) []int64 {
	var all []int64
	for _, line := range logs.FilterMessage(message).All() {
		if strings.HasSuffix(line.LoggerName, "."+counter) {
			all = append(all, line.ContextMap()["count"].(int64))
		}
	}
	return all
}

func TestBothFormsCountEveryFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.InfoLevel)
		application := apptest.Start(t, timed.Module, di.Replace(zap.New(core)))
		<-time.After(11 * time.Second) // executions begin at 0, 5 and 10 s

		began := time.Now()
		application.Stop() // within the third execution of the slow one
		if took := time.Since(began); took != time.Second {
			t.Errorf("the stop took %v, want the second that the execution has left", took)
		}
		<-time.After(time.Minute)

		for _, counter := range []string{"Counter", "SlowCounter"} {
			if got := counts(logs, counter, "working"); !slices.Equal(got, []int64{1, 2, 3}) {
				t.Errorf("%s counts %v, want 1 to 3", counter, got)
			}
			if got := counts(logs, counter, "done"); !slices.Equal(got, []int64{3}) {
				t.Errorf("%s is done at %v, want 3", counter, got)
			}
		}
	})
}

func TestProgramEndsCleanlyOnInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("processes cannot be sent signals here")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	program := exec.CommandContext(ctx, os.Args[0])
	program.Env = append(os.Environ(), asProgram+"=1")
	out, err := program.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	text := ""
	for !strings.Contains(text, "working") && err == nil {
		var line string
		line, err = lines.ReadString('\n')
		text += line
	}
	if err := program.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	rest, _ := io.ReadAll(lines)
	if err := program.Wait(); err != nil {
		t.Errorf("program ended with %v:\n%s%s", err, text, rest)
	}
	if n := strings.Count(string(rest), "done"); n != 2 {
		t.Errorf("%d counters say that they are done, want 2:\n%s%s", n, text, rest)
	}
}
