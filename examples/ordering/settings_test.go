package main_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run runs the program in a folder until it ends by itself.
func run(t *testing.T, dir string, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := command(t.Context(), t, env, args...)
	cmd.Dir = dir
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	_ = cmd.Run() // its code is looked at
	return out.String(), log.String(), cmd.ProcessState.ExitCode()
}

// The README shows these.
func TestFlagsHideTheEnvironmentAndThatTheFile(t *testing.T) {
	dir := t.TempDir()
	text := "orders:\n  grace_period: 1m\n  check_interval: 5s\ndatabase:\n  url: postgres://ada:s3cret@localhost/file\n"
	if err := os.WriteFile(filepath.Join(dir, "ordering.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"ORDERING_ORDERS__CHECK_INTERVAL=1s", "DATABASE_URL=", "HTTP_ADDR=:1"}
	printed, log, code := run(t, dir, env, "--orders.grace_period=30s", "--print-config")
	printed = strings.Join(strings.Fields(printed), " ")
	for _, want := range []string{
		"orders.grace_period = 30s flag --orders.grace_period", "orders.check_interval = 1s $ORDERING_ORDERS__CHECK_INTERVAL",
		"http.addr = :1 $HTTP_ADDR", "database.url = [secret] ordering.yaml:5:3", "database.dir = data default",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q is not in %s", want, printed)
		}
	}
	if code != 0 || log != "" || strings.Contains(printed, "s3cret") {
		t.Errorf("exit code %d, %s%s", code, printed, log)
	}
}

func TestWrongSettingsAreErrorsWithoutTheirValues(t *testing.T) {
	for _, c := range []struct {
		env  []string
		args []string
		want string
	}{
		{args: []string{"--orders.grace_perod=s3cret"}, want: `key \"orders.grace_perod\" in flag --orders.grace_perod is unknown; did you mean \"grace_period\"?`},
		{args: []string{"--orders.grace_period=-1s3cret"}, want: `key \"orders.grace_period\" in flag --orders.grace_period must be a duration`},
		{args: []string{"--orders.check_interval=0s"}, want: `section \"orders\" is invalid: check_interval must be positive (check_interval is set in flag --orders.check_interval)`},
		{args: []string{"--database.dir="}, want: `section \"database\" is invalid: dir must not be empty`},
		{env: []string{"DATABASE_URL=s3cret://"}, want: `section \"database\" is invalid: url must be like`},
		{env: []string{"BERTH_PROFILE=production"}, want: `profile \"production\" of $BERTH_PROFILE has no file`},
		{args: []string{"s3cret"}, want: `argument 1 of the program is no flag`},
		{args: []string{"--triggers.orders.GracePeriodManager.Check.interval=s3cret"}, want: `key \"triggers.orders.GracePeriodManager.Check.interval\" in flag --triggers.orders.GracePeriodManager.Check.interval must be a duration`},
		{args: []string{"--triggers.orders.GracePeriodManager.Check.cron=s3cret"}, want: `cron does not fit the Loop that is declared at orders/module.go:`},
		{args: []string{"--triggers.orders.GracePeriodManager.Chek.interval=1s"}, want: `is the name of no trigger; did you mean \"orders.GracePeriodManager.Check\"?`},
		{args: []string{"--log.levels.orders=s3cret"}, want: `key \"log.levels.orders\" in flag --log.levels.orders`},
		{args: []string{"--log.encoding=s3cret"}, want: `section \"log\" is invalid: encoding must be`},
		{args: []string{"--http.addr=s3cret"}, want: `section \"http\" is invalid: addr must be like`},
		{args: []string{"--http.addr=:99999"}, want: `section \"http\" is invalid: addr must be like`},
		{args: []string{"--app.stop_timeout=0s"}, want: `section \"app\" is invalid: stop_timeout must be longer than 0s`},
	} {
		_, log, code := run(t, t.TempDir(), append(c.env, "ORDERING_LOG__ENCODING=json"), c.args...)
		if code != 1 || !strings.Contains(log, c.want) || strings.Contains(log, "s3cret") {
			t.Errorf("%q %q: exit code %d, log %s", c.env, c.args, code, log)
		}
	}
}
