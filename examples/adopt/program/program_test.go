package program_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/fx/fxtest"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/berth-go/berth/examples/adopt/api"
	"github.com/berth-go/berth/examples/adopt/jobs"
	"github.com/berth-go/berth/examples/adopt/notify"
	"github.com/berth-go/berth/examples/adopt/program"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDepotTellsItsStatus(t *testing.T) {
	var server *api.Server
	app := fxtest.New(t, program.Options(t.Context(), zap.NewNop()), fx.Populate(&server))
	app.RequireStart()
	defer app.RequireStop()

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(server.URL() + "/status")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	status := map[string]string{}
	if err := json.NewDecoder(answer.Body).Decode(&status); err != nil {
		t.Fatal(err)
	}
	for part, want := range map[string]string{
		"price":   "385 [fuel size weight winter]",
		"invoice": "n1-1: 5.78 USD",
		"room":    "365",
		"sent":    "map[mail:1 push:1 sms:1]",
		"jobs":    "[meter reminder sweeper]",
		"probes":  "[mail]",
		"opened":  "true true",
	} {
		if status[part] != want {
			t.Errorf("%s is %q, want %q", part, status[part], want)
		}
	}
}

func TestJobsEndWithTheProgram(t *testing.T) {
	lc := fxtest.NewLifecycle(t)
	job := make(stopped)
	supervisor := jobs.NewSupervisor(context.Background(), []jobs.Job{job}, zap.NewNop())
	lc.Append(supervisor.Hook())
	lc.RequireStart().RequireStop()
	<-job
}

// stopped is a job that is closed when it ends.
type stopped chan struct{}

func (stopped) Name() string { return "stopped" }

func (s stopped) Run(ctx context.Context) {
	<-ctx.Done()
	close(s)
}

func TestFloodEndsTheProgramWithItsCode(t *testing.T) {
	var dog *jobs.Watchdog
	app := fxtest.New(t, program.Options(t.Context(), zap.NewNop()), fx.Populate(&dog))
	app.RequireStart()
	defer app.RequireStop()
	if err := dog.Bark(); err != nil {
		t.Fatal(err)
	}
	if signal := <-app.Wait(); signal.ExitCode != jobs.Flooded {
		t.Errorf("exit code is %d, want %d", signal.ExitCode, jobs.Flooded)
	}
}

func TestMailIsReplacedInATest(t *testing.T) {
	var notifier *notify.Notifier
	app := fxtest.New(t, program.Options(t.Context(), zap.NewNop()), fx.Populate(&notifier),
		fx.Decorate(func(*notify.Templates) *notify.Templates { return &notify.Templates{} }),
	)
	app.RequireStart()
	defer app.RequireStop()
	if sent, err := notifier.Arrived(); err != nil || len(sent) != 3 {
		t.Errorf("sent %v, %v", sent, err)
	}
}
