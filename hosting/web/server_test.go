package web_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/lifecycle"
)

type addrs struct {
	fx.In
	A *web.Addr `name:"a"`
	B *web.Addr `name:"b"`
}

func TestSeveralServersListenAndTellTheirAddress(t *testing.T) {
	var at addrs
	rec := new(recorder)
	a := apptest.Start(t,
		web.Handle("GET /x", say),
		web.Serve("127.0.0.1:0", web.Name("a")),
		web.Serve("127.0.0.1:0", web.Name("b")),
		fx.Invoke(func(p addrs) {
			at = p
			if p.A.Addr() != nil {
				t.Error("there is an address before the start")
			}
		}),
		rec.option(),
	)
	client := &http.Client{Transport: &http.Transport{}}
	for i, addr := range []*web.Addr{at.A, at.B} {
		<-addr.Listening()
		answer, err := client.Get("http://" + addr.Addr().String() + "/x")
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if string(text) != "GET /x" {
			t.Errorf("answer is %q", text)
		}
		if e := rec.listening()[i]; e.Addr != addr.Addr().String() || e.Kind != "Serve" || e.Name != string("ab"[i]) {
			t.Errorf("event is %+v", e)
		}
	}
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := client.Get("http://" + at.A.Addr().String() + "/x"); err == nil {
		t.Error("the server answers after the stop")
	}
}

func TestAnAddressInUseFailsTheStart(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	released := false
	a := app.New(fx.NopLogger,
		di.Singleton(func() (*counter, func()) { return new(counter), func() { released = true } }),
		web.Handle("/", func(*counter) {}),
		web.Serve("127.0.0.1:0"),
		web.Serve(l.Addr().String()),
	)
	err = a.Start(t.Context())
	if err == nil {
		t.Fatal("the application has started")
	}
	wants(t, err.Error(), `start of Serve "`+l.Addr().String()+`" (web/server_test.go:`, "address already in use")
	if !released {
		t.Error("what was constructed is not released")
	}
}

func TestAnAddressMayBeASetting(t *testing.T) {
	type settings struct{ addr string }
	rec := new(recorder)
	apptest.Start(t,
		fx.Supply(settings{"127.0.0.1:0"}),
		web.Serve("nonsense", web.With(func(s settings) web.Option { return web.Address(s.addr) })),
		rec.option(),
	)
	if len(rec.listening()) != 1 {
		t.Errorf("events are %+v", rec.listening())
	}
}

func TestWithReturnsOptionsOfAServe(t *testing.T) {
	for want, fn := range map[string]any{
		"must return a web.Option, not a int":         func() int { return 1 },
		"option web.MaxBody does not fit web.Serve":   func() web.Option { return web.MaxBody(1) },
		"must not return a web.With or web.Name":      func() web.Option { return web.Name("x") },
		"function of web.Listen returned no listener": func() web.Option { return web.Listen(func(context.Context) (net.Listener, error) { return nil, nil }) },
		"out of sockets": func() web.Option {
			return web.Listen(func(context.Context) (net.Listener, error) { return nil, errors.New("out of sockets") })
		},
	} {
		a := app.New(fx.NopLogger, web.Serve(":0", web.With(fn)))
		err := a.Err()
		if err == nil {
			err = a.Start(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestTheServerMayBeChanged(t *testing.T) {
	secure := httptest.NewTLSServer(nil)
	defer secure.Close()
	var states atomic.Int64
	var addr *web.Addr
	rec := new(recorder)
	a := apptest.Start(t,
		web.Handle("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.TLS != nil) }),
		web.Serve("127.0.0.1:0", web.Name("tls"), web.Server(func(s *http.Server) {
			s.TLSConfig = &tls.Config{Certificates: secure.TLS.Certificates}
			s.ConnState = func(net.Conn, http.ConnState) { states.Add(1) }
			s.Handler = http.NotFoundHandler()
		})),
		fx.Populate(fx.Annotate(&addr, fx.ParamTags(`name:"tls"`))),
		rec.option(),
	)
	client := secure.Client()
	defer client.CloseIdleConnections()
	answer, err := client.Get("https://" + addr.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); string(text) != "true" || states.Load() == 0 {
		t.Errorf("answer is %q, %d changes of state", text, states.Load())
	}
	plain, err := http.Get("http://" + addr.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Body.Close()
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	if notices := rec.noticed(); plain.StatusCode != 400 || len(notices) != 1 || notices[0].Name != "tls" {
		t.Errorf("plain HTTP is answered with %d, notices are %+v", plain.StatusCode, notices)
	}
}

func TestAUnitMayTakeLongerThanReadingItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := func(ctx context.Context, r *http.Request) error {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return err
			}
			select {
			case <-time.After(time.Hour):
				return nil
			case <-ctx.Done():
				return fmt.Errorf("cut after reading: %w", context.Cause(ctx))
			}
		}
		s := start(t, web.Handle("/", wait))
		for _, body := range []io.Reader{nil, strings.NewReader("body")} {
			if got, err := s.do("POST", "/", body); err != nil || got.status != 200 {
				t.Errorf("got %+v, %v", got, err)
			}
		}
	})
}

func TestASlowRequestIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, web.Handle("POST /", func(r *http.Request) error {
			_, err := io.ReadAll(r.Body)
			return err
		}))
		for name, sent := range map[string]string{
			"header": "POST / HTTP/1.1\r\nHost: x\r\n",
			"body":   "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf",
		} {
			began := time.Now()
			c := s.dial()
			fmt.Fprint(c, sent)
			text, err := io.ReadAll(c)
			if took := time.Since(began); err != nil || took > 31*time.Second || strings.Contains(string(text), " 200 ") {
				t.Errorf("%s: got %q, %v after %v", name, text, err, took)
			}
			c.Close()
		}
	})
}

// dial opens a connection to the site without a client.
func (s *site) dial() net.Conn {
	s.t.Helper()
	c, err := s.client.Transport.(*http.Transport).DialContext(s.t.Context(), "tcp", "site")
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// stopped stops the site in another goroutine and tells what came of it and how long it took.
func (s *site) stopped() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.app.Stop(); err != nil {
			s.t.Errorf("stop: %v", err)
		}
	}()
	return done
}

func TestRequestsUnderWayAreAnsweredAtStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, web.Handle("/", func(ctx context.Context, w http.ResponseWriter) error {
			select {
			case <-time.After(10 * time.Second):
				fmt.Fprint(w, "done")
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}))
		began := time.Now()
		replies := make(chan reply)
		go func() { replies <- s.get("/") }()
		synctest.Wait()
		stopped := s.stopped()
		if got := <-replies; got.body != "done" || got.header.Get("Connection") != "" {
			t.Errorf("got %+v", got)
		}
		<-stopped
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("the stop took %v", took)
		}
		if _, err := s.do("GET", "/", nil); err == nil {
			t.Error("a request after the stop is answered")
		}
	})
}

func TestRequestsEndAfterTheGracePeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cause error
		s := start(t, app.Grace(3*time.Second), web.Handle("/", func(ctx context.Context) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		}))
		began := time.Now()
		replies := make(chan reply)
		go func() { replies <- s.get("/") }()
		synctest.Wait()
		stopped := s.stopped()
		got := <-replies
		if p := got.problem(t); p.Status != 503 || p.Detail != "The service is stopping." {
			t.Errorf("got %+v", p)
		}
		<-stopped
		if took := time.Since(began); took != 3*time.Second || !errors.Is(cause, lifecycle.ErrStopping) {
			t.Errorf("the stop took %v, the cause is %v", took, cause)
		}
	})
}

func TestARequestThatDoesNotEndIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		s := start(t, web.Handle("GET /stuck", func() { <-free }), app.StopTimeout(10*time.Second))
		failed := make(chan error)
		go func() {
			_, err := s.do("GET", "/stuck", nil, "X-Request-Id", "0817")
			failed <- err
		}()
		synctest.Wait()
		began := time.Now()
		stop := make(chan error)
		go func() { stop <- s.app.Stop() }()
		if err := <-failed; err == nil {
			t.Error("the client takes a cut answer for a whole one")
		}
		err := <-stop
		if err == nil {
			t.Fatal("the stop says nothing of it")
		}
		wants(t, err.Error(), `stop of Serve "memory"`, `request 0817 of Handle "GET /stuck" (web/server_test.go:`, "hangs: it did not return within",
			"web_test.TestARequestThatDoesNotEndIsNamed.func")
		if strings.Contains(err.Error(), "scope") || strings.Count(err.Error(), "goroutine ") != 1 {
			t.Errorf("error says more than once what hangs: %v", err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("the stop took %v", took)
		}
		close(free)
		synctest.Wait()
	})
}

func TestHeadersUnderWayAreAwaitedAtStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, web.Handle("/", func(w http.ResponseWriter) { fmt.Fprint(w, "late") }))
		kept := s.dial()
		defer kept.Close()
		fmt.Fprint(kept, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		answers := bufio.NewReader(kept)
		if answer, err := http.ReadResponse(answers, nil); err != nil || answer.Close {
			t.Fatalf("got %+v, %v", answer, err)
		} else if _, err := io.ReadAll(answer.Body); err != nil {
			t.Fatal(err)
		}
		fresh := s.dial()
		defer fresh.Close()
		for _, c := range []net.Conn{kept, fresh} {
			fmt.Fprint(c, "GET / HTTP/1.1\r\nHost")
		}
		synctest.Wait()
		stopped := s.stopped()
		synctest.Wait()
		for name, read := range map[net.Conn]*bufio.Reader{kept: answers, fresh: bufio.NewReader(fresh)} {
			fmt.Fprint(name, ": x\r\n\r\n")
			answer, err := http.ReadResponse(read, nil)
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := io.ReadAll(answer.Body); string(text) != "late" || !answer.Close {
				t.Errorf("got %q, close %v", text, answer.Close)
			}
		}
		<-stopped
	})
}

func TestSilentConnectionsDoNotHoldUpTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, web.Handle("/", func() {}))
		s.get("/") // its connection is kept
		for _, sent := range []string{"", "GET / HT"} {
			c := s.dial()
			defer c.Close()
			fmt.Fprint(c, sent)
		}
		synctest.Wait()
		began := time.Now()
		<-s.stopped()
		if took := time.Since(began); took > time.Second {
			t.Errorf("the stop took %v", took)
		}
	})
}

func TestClientsAreAskedToGoWhileTheStopWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, app.DrainDelay(5*time.Second), web.Handle("/", func() {}))
		s.get("/")
		stopped := s.stopped()
		<-time.After(time.Second)
		if got, err := s.do("GET", "/", nil); err != nil || got.status != 200 {
			t.Errorf("got %+v, %v", got, err)
		}
		c := s.dial()
		defer c.Close()
		fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if answer, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || !answer.Close {
			t.Errorf("got %+v, %v", answer, err)
		}
		<-stopped
	})
}

func TestHijackedConnectionsEndWithTheirUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, web.Handle("/", func(ctx context.Context, w http.ResponseWriter) error {
			conn, rw, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return err
			}
			defer conn.Close()
			fmt.Fprint(rw, "hello\n")
			rw.Flush()
			<-ctx.Done()
			fmt.Fprint(rw, context.Cause(ctx))
			return rw.Flush()
		}))
		c := s.dial()
		defer c.Close()
		fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		read := bufio.NewReader(c)
		if line, err := read.ReadString('\n'); line != "hello\n" {
			t.Fatal(line, err)
		}
		stopped := s.stopped()
		if text, err := io.ReadAll(read); string(text) != lifecycle.ErrStopping.Error() {
			t.Errorf("got %q, %v", text, err)
		}
		<-stopped
	})
}

func TestAnswersStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, web.Handle("/", func(w http.ResponseWriter) error {
			w.WriteHeader(http.StatusEarlyHints)
			for range 3 {
				fmt.Fprint(w, "x\n")
				w.(http.Flusher).Flush()
				if err := http.NewResponseController(w).Flush(); err != nil {
					return err
				}
				<-time.After(time.Second)
			}
			_, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader("end"))
			return err
		}))
		began := time.Now()
		answer, err := s.client.Get("http://site/")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		read := bufio.NewReader(answer.Body)
		for i := range 3 {
			if line, err := read.ReadString('\n'); line != "x\n" || time.Since(began) != time.Duration(i)*time.Second {
				t.Errorf("line %d is %q, %v after %v", i, line, err, time.Since(began))
			}
		}
		if rest, _ := io.ReadAll(read); string(rest) != "end" {
			t.Errorf("the rest is %q", rest)
		}
	})
}

// TestNoRequestIsLostAtStop sends requests over new and kept connections while the application stops. Each that reached
// a unit is answered, and each connection that was refused or closed had reached none.
func TestNoRequestIsLostAtStop(t *testing.T) {
	for range 20 {
		var served, answered atomic.Int64
		var addr *web.Addr
		a := apptest.Start(t,
			web.Handle("POST /", func(r *http.Request) error {
				served.Add(1)
				_, err := io.Copy(io.Discard, r.Body)
				return err
			}),
			web.Serve("127.0.0.1:0", web.Name("s")),
			fx.Populate(fx.Annotate(&addr, fx.ParamTags(`name:"s"`))),
		)
		var wg sync.WaitGroup
		halfway := make(chan struct{}, 1000)
		for i := range 8 {
			wg.Go(func() {
				client := &http.Client{Transport: &http.Transport{DisableKeepAlives: i%2 == 0}}
				defer client.CloseIdleConnections()
				for {
					answer, err := client.Post("http://"+addr.Addr().String()+"/", "text/plain", strings.NewReader("body"))
					if err != nil {
						return
					}
					if answer.StatusCode != 200 {
						t.Errorf("answer is %d", answer.StatusCode)
					}
					io.Copy(io.Discard, answer.Body)
					answer.Body.Close()
					answered.Add(1)
					select {
					case halfway <- struct{}{}:
					default:
					}
				}
			})
		}
		for range 40 {
			<-halfway
		}
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		if served.Load() != answered.Load() {
			t.Fatalf("%d requests were served, %d were answered", served.Load(), answered.Load())
		}
	}
}

func TestAddrWithoutNameIsThatOfTheFirstServe(t *testing.T) {
	var first *web.Addr
	var named addrs
	apptest.Start(t,
		web.Serve("127.0.0.1:0", web.Name("a")), web.Serve("127.0.0.1:0", web.Name("b")),
		fx.Populate(&first), fx.Invoke(func(p addrs) { named = p }),
	)
	if first != named.A || first.Addr() == nil {
		t.Errorf("the *web.Addr is %v, want that of %v", first.Addr(), named.A.Addr())
	}
}
