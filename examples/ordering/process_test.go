package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program as a user builds it, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "ordering")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "ordering")
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", file, ".").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return file, nil
})

// A process is the real program, running.
type process struct {
	url    string // http://127.0.0.1:PORT
	addr   string // 127.0.0.1:PORT
	cmd    *exec.Cmd
	log    bytes.Buffer // to be read when the process has ended
	exited chan struct{}
}

// start starts the program on the database in dir and returns when it says that it
// serves. It is killed at the end of the test if it still runs.
func start(t *testing.T, dir string) *process {
	t.Helper()
	file, err := binary()
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	p := &process{cmd: exec.Command(file), exited: make(chan struct{})}
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = append(os.Environ(),
		"HTTP_ADDR=127.0.0.1:0",
		"ORDERING_DATABASE__DIR="+dir,
		"ORDERING_ORDERS__GRACE_PERIOD=300ms",
		"ORDERING_ORDERS__CHECK_INTERVAL=50ms",
	)
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
			t.Logf("log of the process:\n%s", p.log.String())
		}
	})

	found := make(chan string, 1)
	go func() {
		defer close(p.exited)
		defer p.cmd.Wait()
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if m := address.FindStringSubmatch(lines.Text()); m != nil {
				select {
				case found <- m[1]:
				default:
				}
			}
		}
	}()
	select {
	case p.addr = <-found:
		p.url = "http://" + p.addr
	case <-p.exited:
		t.Fatal("the program ended before it served")
	case <-time.After(time.Minute):
		t.Fatal("the program does not serve after a minute")
	}
	return p
}

var address = regexp.MustCompile(`http://(127\.0\.0\.1:[0-9]+)`)

// interrupt asks the program to stop.
func (p *process) interrupt(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
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

// eventually calls check ten times a second until it is true, and fails after half a
// minute: what happens in another process cannot be waited for in another way.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !check() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("still not after 30 s: %s", what)
		}
	}
}
