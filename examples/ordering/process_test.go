package main_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asProgram is a variable that makes the test binary the program: nothing is built a second time, and
// with -race it is the program that is watched.
const asProgram = "TEST_BINARY_IS_THE_PROGRAM"

// command is the program in a process of its own.
func command(ctx context.Context, t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, file, args...)
	cmd.Env = append(append(os.Environ(), asProgram+"=1"), env...)
	return cmd
}

// A process is the real program, running.
type process struct {
	url    string // http://127.0.0.1:PORT
	addr   string // 127.0.0.1:PORT
	cmd    *exec.Cmd
	log    logBuffer
	exited chan struct{}
	found  chan string // its addr
}

// A logBuffer is written by one goroutine and read by another.
type logBuffer struct {
	mu   sync.Mutex
	text []byte
}

func (b *logBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, text...)
	return len(text), nil
}

// times is how often text has been logged.
func (b *logBuffer) times(text string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Count(b.text, []byte(text))
}

// lines is the log without the lines about single orders.
func (b *logBuffer) lines() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Join(slices.DeleteFunc(bytes.SplitAfter(b.text, []byte("\n")), func(line []byte) bool {
		return bytes.Contains(line, []byte(`"order":`))
	}), nil)
}

// start starts the program and returns when it says that it serves.
func start(t *testing.T, s *storage) *process {
	t.Helper()
	p := launch(t, s, "127.0.0.1:0")
	p.ready(t)
	return p
}

// launch starts the program. It is killed at the end of the test if it still runs.
func launch(t *testing.T, s *storage, addr string) *process {
	t.Helper()
	env := append([]string{
		"HTTP_ADDR=" + addr,
		"ORDERING_ORDERS__GRACE_PERIOD=300ms",
		"ORDERING_ORDERS__CHECK_INTERVAL=50ms",
	}, s.env...)
	p := &process{cmd: command(context.Background(), t, env), exited: make(chan struct{}), found: make(chan string, 1)}
	p.cmd.Dir = t.TempDir()
	p.cmd.Stderr = &p.log
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.exited
		if t.Failed() {
			t.Logf("log of the process, without what happened to single orders:\n%s", p.log.lines())
		}
	})

	go func() {
		defer close(p.exited)
		defer p.cmd.Wait()
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if m := address.FindStringSubmatch(lines.Text()); m != nil {
				select {
				case p.found <- m[1]:
				default:
				}
			}
		}
	}()
	return p
}

// ready waits until the program serves.
func (p *process) ready(t *testing.T) {
	t.Helper()
	select {
	case p.addr = <-p.found:
		p.url = "http://" + p.addr
	case <-p.exited:
		t.Fatal("the program ended before it served")
	case <-time.After(time.Minute):
		t.Fatal("the program does not serve after a minute")
	}
}

var address = regexp.MustCompile(`http://(127\.0\.0\.1:[0-9]+)`)

// signal sends the program a signal.
func (p *process) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// interrupt asks the program to stop.
func (p *process) interrupt(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
}

// exitCode waits for the end of the program.
func (p *process) exitCode(t *testing.T) int {
	t.Helper()
	select {
	case <-p.exited:
	case <-time.After(time.Minute):
		t.Fatal("the program still runs after a minute")
	}
	return p.cmd.ProcessState.ExitCode()
}

// stop ends the program as an operator does.
func (p *process) stop(t *testing.T) {
	t.Helper()
	p.interrupt(t)
	if code := p.exitCode(t); code != 0 {
		t.Errorf("exit code is %d, want 0", code)
	}
}

// kill ends the program as a crash does.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.exited
}

// call sends a request, retries nothing, and returns status and body.
func (p *process) call(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// A slowRequest is one whose headers the program has read and whose body it waits for.
type slowRequest struct {
	conn   net.Conn
	reader *bufio.Reader
	body   string
}

// begin sends the headers of a POST /orders and waits until the handler asks for the body.
func (p *process) begin(t *testing.T, body string) *slowRequest {
	t.Helper()
	conn, err := net.Dial("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	r, err := http.NewRequest("POST", p.url+"/orders", bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Expect", "100-continue")
	var head bytes.Buffer
	if err := r.Write(&head); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(head.Bytes()[:head.Len()-len(body)]); err != nil {
		t.Fatal(err)
	}
	s := &slowRequest{conn, bufio.NewReader(conn), body}
	if status := s.answer(t); status != http.StatusContinue {
		t.Fatalf("status is %d, want 100 Continue", status)
	}
	return s
}

// finish sends the body and returns the status of the answer.
func (s *slowRequest) finish(t *testing.T) int {
	t.Helper()
	if _, err := s.conn.Write([]byte(s.body)); err != nil {
		t.Fatal(err)
	}
	return s.answer(t)
}

func (s *slowRequest) answer(t *testing.T) int {
	t.Helper()
	answer, err := http.ReadResponse(s.reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}

// eventually calls check again and again until it is true, and fails after a minute:
// what happens in another process cannot be waited for in another way.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	within(t, time.Minute, what, check)
}

func within(t *testing.T, limit time.Duration, what string, check func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(limit)
	for !check() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("still not after %v: %s", limit, what)
		}
	}
}
