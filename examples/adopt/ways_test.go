package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/examples/adopt/api"
	"github.com/berth-go/berth/examples/adopt/program"
)

// A way is one of the ways to run a program of fx options.
type way struct {
	name string
	new  func(opts ...fx.Option) running
}

// A running is a program that was constructed.
type running interface {
	Err() error
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	exitCode() int // waits for a shutdown
}

var ways = []way{
	{"fx.New", func(opts ...fx.Option) running { return byFx{fx.New(opts...)} }},
	{"app.New", func(opts ...fx.Option) running { return byBerth{app.New(opts...)} }},
	{"app.Module", func(opts ...fx.Option) running { return byFx{fx.New(app.Module(opts...))} }},
}

// others are the ways that are compared with plain fx.
var others = ways[1:]

type byFx struct{ *fx.App }

func (a byFx) exitCode() int { return (<-a.Wait()).ExitCode }

type byBerth struct{ *app.App }

func (a byBerth) exitCode() int {
	<-a.Done()
	var exit *app.ExitError
	if errors.As(a.Err(), &exit) {
		return exit.Code
	}
	return 0
}

// An account is what can be seen of one run of the depot from outside.
type account struct {
	values []string // what it answers
	code   int      // with which it would exit
	log    []string // of its own, in order: hooks and jobs write
	events []string // of fx, as its own fx.WithLogger logs them
}

// same compares two accounts.
func (a account) same(t *testing.T, want account) {
	t.Helper()
	differ(t, "values", a.values, want.values)
	differ(t, "log", a.log, want.log)
	differ(t, "events", a.events, want.events)
	if a.code != want.code {
		t.Errorf("exit code is %d, want %d", a.code, want.code)
	}
}

// run runs the depot, uses it, and gives an account.
func (w way) run(t *testing.T, added ...fx.Option) account {
	t.Helper()
	d := w.open(t, added...)
	d.use(t)
	return d.end(t)
}

// A depot is the program while it runs.
type depot struct {
	running
	account account
	server  *api.Server
	lines   *observer.ObservedLogs
}

// open starts the depot, with options added to it.
func (w way) open(t *testing.T, added ...fx.Option) *depot {
	t.Helper()
	core, lines := observer.New(zap.DebugLevel)
	d := &depot{lines: lines}
	d.running = w.new(append([]fx.Option{program.Options(t.Context(), zap.New(core)), fx.Populate(&d.server)}, added...)...)
	if err := d.Err(); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// use asks for all there is.
func (d *depot) use(t *testing.T) {
	t.Helper()
	for _, ask := range []string{"POST /parcels?to=ada", "GET /parcels/n1-1", "GET /parcels/n1-2", "GET /status", "GET /health"} {
		d.account.values = append(d.account.values, ask+": "+request(t, d.server.URL(), ask))
	}
}

// end floods the depot and stops it.
func (d *depot) end(t *testing.T) account {
	t.Helper()
	request(t, d.server.URL(), "POST /flood")
	d.account.code = d.exitCode()
	var exit *app.ExitError
	if err := d.Stop(context.Background()); err != nil && !errors.As(err, &exit) {
		t.Error(err)
	}
	for _, line := range d.lines.All() {
		switch part, _, _ := strings.Cut(line.LoggerName, "."); part {
		case "app": // not its own
		case "fx":
			d.account.events = append(d.account.events, text(line))
		default:
			d.account.log = append(d.account.log, text(line))
		}
	}
	return d.account
}

func request(t *testing.T, url, ask string) string {
	t.Helper()
	method, path, _ := strings.Cut(ask, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", answer.StatusCode, strings.TrimSpace(string(body)))
}

// text is a line without times, and without the stacks that lead to who has called fx.New.
func text(line observer.LoggedEntry) string {
	fields := zapcore.NewMapObjectEncoder()
	for _, f := range line.Context {
		f.AddTo(fields)
	}
	for _, field := range []string{"runtime", "moduletrace", "stacktrace"} {
		delete(fields.Fields, field)
	}
	object, err := json.Marshal(fields.Fields)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%v %s: %s %s", line.Level, line.LoggerName, line.Message, object)
}

// differ says where two lists part.
func differ(t *testing.T, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	n := 0
	for n < min(len(got), len(want)) && got[n] == want[n] {
		n++
	}
	t.Errorf("%s differ from number %d on: got\n\t%s\nwant\n\t%s", what, n,
		strings.Join(got[n:], "\n\t"), strings.Join(want[n:], "\n\t"))
}
