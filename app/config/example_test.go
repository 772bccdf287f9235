package config_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
)

// GraceSettings is the section "grace".
type GraceSettings struct {
	CheckInterval time.Duration `default:"10s" doc:"how often carts are looked at"`
	GracePeriod   time.Duration `default:"1m" doc:"how long a buyer may change their mind"`
	Token         config.Secret
}

func (s GraceSettings) Validate() error {
	if s.CheckInterval > s.GracePeriod {
		return errors.New("check_interval must not be longer than grace_period")
	}
	return nil
}

// quiet keeps the log out of the output of examples.
var quiet = fx.Options(fx.NopLogger, app.Logger(zap.NewNop))

func ExampleBind() {
	a := app.New(quiet,
		config.Load(config.Values(map[string]any{"grace.check_interval": "5s", "grace.token": "abc"})),
		config.Bind[GraceSettings]("grace"),
		fx.Invoke(func(s GraceSettings) { fmt.Println(s) }),
	)
	defer a.Stop(context.Background())
	// Output: {5s 1m0s [secret]}
}

// One struct is bound to two sections; one of them has a name.
func ExampleBind_twice() {
	type database struct{ URL string }
	type databases struct {
		fx.In
		Main    database
		Replica database `name:"replica"`
	}
	a := app.New(quiet,
		config.Load(config.Values(map[string]any{"db.url": "postgres://one", "db.replica.url": "postgres://two"})),
		config.Bind[database]("db"),
		config.Bind[database]("db.replica", di.Name("replica")),
		fx.Invoke(func(d databases) { fmt.Println(d.Main.URL, d.Replica.URL) }),
	)
	defer a.Stop(context.Background())
	// Output: postgres://one postgres://two
}

// A file, the environment and flags, each hiding the one before.
func ExampleLoad() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "ordering.yaml")
	if err := os.WriteFile(file, []byte("grace:\n  check_interval: 1s\n  grace_period: 1h\n  token: abc\n"), 0o600); err != nil {
		panic(err)
	}
	os.Setenv("ORDERING_GRACE__CHECK_INTERVAL", "2s")
	defer os.Unsetenv("ORDERING_GRACE__CHECK_INTERVAL")

	a := app.New(quiet,
		config.Load(
			config.File(file),
			config.Env("ORDERING"),
			config.Flags([]string{"--grace.grace_period", "2h"}), // os.Args[1:]
		),
		config.Bind[GraceSettings]("grace"),
		fx.Invoke(func(s GraceSettings) { fmt.Println(s) }),
	)
	defer a.Stop(context.Background())
	// Output: {2s 2h0m0s [secret]}
}

// All that is wrong is one error, which names keys and places.
func ExampleError() {
	a := app.New(quiet,
		config.Load(config.Flags([]string{"--grace.check_intervall=5s", "--grace.grace_period", "soon"})),
		config.Bind[GraceSettings]("grace"),
	)
	var e *config.Error
	if errors.As(a.Err(), &e) {
		fmt.Println(e.Key, e.Reason)
	}
	fmt.Println(a.Err())
	// Output:
	// grace.check_intervall is unknown; did you mean "check_interval"?
	// app: 2 problems in the configuration: 1. key "grace.check_intervall" in flag --grace.check_intervall is unknown; did you mean "check_interval"?; 2. key "grace.grace_period" in flag --grace.grace_period must be a duration such as "1m30s", not negative
}

func ExampleInvalidError() {
	a := app.New(quiet,
		config.Load(config.Flags([]string{"--grace.check_interval=5m"})),
		config.Bind[GraceSettings]("grace"),
	)
	var e *config.InvalidError
	fmt.Println(errors.As(a.Err(), &e), e)
	// Output: true section "grace" is invalid: check_interval must not be longer than grace_period (check_interval is set in flag --grace.check_interval)
}

func ExampleConfig() {
	a := app.New(quiet,
		config.Load(config.Flags([]string{"--grace.token=abc", "--grace.grace_period", "2h"})),
		config.Bind[GraceSettings]("grace"),
		fx.Invoke(func(c *config.Config) error { return c.Describe(os.Stdout) }),
	)
	defer a.Stop(context.Background())
	// Output:
	// app.start_timeout is not set   default
	// app.stop_timeout is not set    default
	// app.drain_delay is not set     default
	// app.grace is not set           default
	// grace.check_interval = 10s     default
	// grace.grace_period = 2h        flag --grace.grace_period
	// grace.token = [secret]         flag --grace.token
	// log.encoding = auto            default
	// log.output = stderr            default
	// log.caller = false             default
	// log.stacktrace = none          default
	// log.sampling.first = 0         default
	// log.sampling.thereafter = 100  default
}

func ExampleSize() {
	var s config.Size
	if err := s.UnmarshalText([]byte("64MiB")); err != nil {
		panic(err)
	}
	fmt.Println(int64(s), s)
	// Output: 67108864 64MiB
}
