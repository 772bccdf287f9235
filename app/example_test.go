package app_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// A Greeter is a singleton that is opened and closed.
type Greeter struct{ greeting string }

func NewGreeter() (*Greeter, func()) {
	return &Greeter{"hello"}, func() { fmt.Println("greeter closed") }
}

func (g *Greeter) Greet(name string) { fmt.Printf("%s, %s\n", g.greeting, name) }

// Module is what a package of a program exports. It may be part of several applications.
var Module = fx.Module("greeting", di.Singleton(NewGreeter))

// GreetWorld is a unit of work.
func GreetWorld(g *Greeter) { g.Greet("world") }

func ExampleRun() {
	ctx, cancel := context.WithCancel(context.Background())
	err := app.Run(ctx, app.Logger(zap.NewNop), Module,
		lifecycle.OnStart(GreetWorld),
		hosting.Run(func(context.Context) { cancel() }), // a signal in a real program: see Main
	)
	fmt.Println(err)
	// Output:
	// hello, world
	// greeter closed
	// <nil>
}

// What is wrong with the options is found before anything is constructed.
func ExampleRun_wiring() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop), lifecycle.OnStart(GreetWorld))
	var missing *di.MissingError
	if errors.As(err, &missing) {
		fmt.Println("nobody provides a", missing.Type)
	}
	// Output: nobody provides a *app_test.Greeter
}

func ExampleNew() {
	var greeter *Greeter
	a := app.New(app.Logger(zap.NewNop), Module, fx.Populate(&greeter))
	if err := a.Start(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	greeter.Greet("moon")
	fmt.Println(a.Stop(context.Background()))
	// Output:
	// hello, moon
	// greeter closed
	// <nil>
}

// A program that calls fx.New wraps all its options.
func ExampleModule() {
	a := fx.New(fx.NopLogger, app.Module(app.Logger(zap.NewNop),
		Module,
		lifecycle.OnStart(GreetWorld),
		fx.Invoke(func(g *Greeter) { g.Greet("fx") }),
	))
	fmt.Println(a.Start(context.Background()))
	fmt.Println(a.Stop(context.Background()))
	// Output:
	// hello, fx
	// hello, world
	// <nil>
	// greeter closed
	// <nil>
}

// A job that runs to completion, such as a migration. Its error is what Run returns.
func ExampleRunOnce() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop), Module, app.RunOnce(GreetWorld))
	fmt.Println(err)
	// Output:
	// hello, world
	// greeter closed
	// <nil>
}

// LogLevel comes from the configuration in a real program.
type LogLevel struct{ zapcore.Level }

// NewLogger is a constructor like any other.
func NewLogger(l LogLevel) *zap.Logger {
	encoder := zapcore.NewConsoleEncoder(zapcore.EncoderConfig{NameKey: "logger", MessageKey: "message"})
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(os.Stdout), l))
}

func ExampleLogger() {
	_ = app.Run(context.Background(),
		app.Logger(NewLogger),
		fx.Supply(LogLevel{zap.WarnLevel}),
		app.RunOnce(Report),
	)
	// Output: app_test.Report	disk is nearly full
}

// Report is given a logger that has its name.
func Report(log *zap.Logger) {
	log.Info("disk is fine")
	log.Warn("disk is nearly full")
}
