package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/hosting/web/webtest"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
	"github.com/berth-go/berth/lifecycle/event/eventtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A site is an application under test, served in memory.
type site struct {
	t      *testing.T
	app    *apptest.App
	client *http.Client
	events *recorder
}

func start(t *testing.T, opts ...fx.Option) *site {
	t.Helper()
	s := &site{t: t, events: new(recorder)}
	s.app = apptest.Start(t, append(opts, webtest.Client(&s.client), s.events.option())...)
	return s
}

// built is the error of an application that cannot be built.
func built(opts ...fx.Option) string {
	if err := app.New(append(opts, fx.NopLogger)...).Err(); err != nil {
		return err.Error()
	}
	return ""
}

// A reply is an answer, read.
type reply struct {
	status int
	header http.Header
	body   string
}

func (s *site) do(method, path string, body io.Reader, header ...string) (reply, error) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://site"+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return reply{answer.StatusCode, answer.Header, string(text)}, err
}

// get asks and fails the test if there is no whole answer.
func (s *site) get(path string, header ...string) reply {
	s.t.Helper()
	got, err := s.do("GET", path, nil, header...)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// A problem is what the default answers.
type problem struct {
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	RequestID string `json:"request_id"`
}

func (r reply) problem(t *testing.T) problem {
	t.Helper()
	var p problem
	d := json.NewDecoder(bytes.NewBufferString(r.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || r.header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("answer is no problem: %v: %+v", err, r)
	}
	if p.Status != r.status || p.RequestID != r.header.Get("X-Request-Id") {
		t.Errorf("problem %+v does not fit its answer %+v", p, r)
	}
	return p
}

// A recorder keeps the events of an application.
type recorder struct{ eventtest.Recorder }

func (rec *recorder) option() fx.Option { return lifecycle.Listen(rec) }

func (rec *recorder) failures() []event.RequestFailed {
	return eventtest.Of[event.RequestFailed](&rec.Recorder)
}

func (rec *recorder) listening() []event.Listening {
	return eventtest.Of[event.Listening](&rec.Recorder)
}

func (rec *recorder) noticed() []event.ServerNotice {
	return eventtest.Of[event.ServerNotice](&rec.Recorder)
}

// wants checks that a text has all parts.
func wants(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}
