//go:build unix

package main_test

import (
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// A server is a PostgreSQL that belongs to the test, and may be stopped.
type server struct {
	url  string
	dir  string // of its data
	bin  string // the folder of its programs
	port string
	as   *syscall.SysProcAttr // PostgreSQL refuses to run as root
}

// newServer makes a server whose data are in dir, its log of changes elsewhere. The test is skipped if
// PostgreSQL is not installed.
func newServer(t *testing.T, dir string) *server {
	t.Helper()
	bins, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(bins) == 0 {
		t.Skip("PostgreSQL is not installed in /usr/lib/postgresql")
	}
	_, port, err := net.SplitHostPort(freeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{
		url:  "postgres://test@127.0.0.1:" + port + "/postgres?sslmode=disable",
		dir:  filepath.Join(dir, "data"),
		bin:  bins[len(bins)-1],
		port: port,
	}
	changes, err := os.MkdirTemp("", "ordering-wal")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(changes) })
	if os.Geteuid() == 0 {
		s.drop(t, changes)
	}
	s.run(t, "initdb", "--pgdata", s.dir, "--waldir", filepath.Join(changes, "wal"), "--username", "test", "--auth", "trust", "--encoding", "UTF8")
	s.start(t)
	t.Cleanup(func() { s.run(t, "pg_ctl", "stop", "--pgdata", s.dir, "--mode", "immediate") })
	return s
}

// drop runs the server as the user postgres, to whom its folders are given.
func (s *server) drop(t *testing.T, changes string) {
	t.Helper()
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Skipf("no user to run PostgreSQL as: %v", err)
	}
	uid, uerr := strconv.Atoi(u.Uid)
	gid, gerr := strconv.Atoi(u.Gid)
	if uerr != nil || gerr != nil {
		t.Fatal(uerr, gerr)
	}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{s.dir, changes} {
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	s.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

func (s *server) start(t *testing.T) {
	t.Helper()
	s.run(t, "pg_ctl", "start", "--pgdata", s.dir, "--log", filepath.Join(s.dir, "server.log"), "--wait",
		"--options", "-p "+s.port+" -c listen_addresses=127.0.0.1 -c unix_socket_directories=''")
}

// stop stops the server as a crash does, until end is called.
func (s *server) stop(t *testing.T) (end func()) {
	s.run(t, "pg_ctl", "stop", "--pgdata", s.dir, "--mode", "immediate")
	return func() { s.start(t) }
}

func (s *server) run(t *testing.T, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = s.as
	if err := cmd.Run(); err != nil { // without its output, for which it would wait as long as the server runs
		t.Fatalf("%s: %v", program, err)
	}
}
