package di_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// Buffers are a singleton that has to be released.
type Buffers struct{ size int }

// BufferSettings are supplied by plain fx.
type BufferSettings struct{ Size int }

// NewBuffers returns a cleanup and an error beside the Buffers. Either may be left out.
func NewBuffers(s BufferSettings) (*Buffers, func() error, error) {
	if s.Size <= 0 {
		return nil, nil, fmt.Errorf("buffer size must be positive, not %d", s.Size)
	}
	fmt.Println("buffers of", s.Size)
	return &Buffers{s.Size}, func() error { fmt.Println("buffers released"); return nil }, nil
}

// run starts an application and stops it at once.
func run(opts ...fx.Option) {
	ctx := context.Background()
	a := app.New(opts...)
	if err := a.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	if err := a.Stop(ctx); err != nil {
		log.Fatal(err)
	}
}

// A singleton is built while the application starts, and released when it stops.
func ExampleSingleton() {
	run(
		fx.Supply(BufferSettings{Size: 100}),
		di.Singleton(NewBuffers),
		fx.Invoke(func(b *Buffers) { fmt.Println("used by plain fx:", b.size) }),
	)
	// Output:
	// buffers of 100
	// used by plain fx: 100
	// buffers released
}

// A scoped provider is called once for each unit of work.
func ExampleScoped() {
	type Request struct{ at time.Duration }
	type Handle func(context.Context, time.Duration) error
	var handle Handle
	a := app.New(
		di.Scoped(func(at time.Duration) (*Request, func()) { // at is given by who calls Handle
			return &Request{at}, func() { fmt.Println("request ended") }
		}),
		scopes.Bind[Handle](func(r *Request) { fmt.Println("request at", r.at) }),
		fx.Populate(&handle),
	)
	ctx := context.Background()
	if err := a.Start(ctx); err != nil {
		log.Fatal(err)
	}
	for i := range 2 {
		if err := handle(ctx, time.Duration(i)*time.Second); err != nil {
			log.Fatal(err)
		}
	}
	if err := a.Stop(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// request at 0s
	// request ended
	// request at 1s
	// request ended
}

// A Greeter is an interface of a package that consumes it.
type Greeter interface{ Greet(name string) string }

// English implements Greeter.
type English struct{}

func (English) Greet(name string) string { return "Hello, " + name }

// Loud decorates a Greeter.
type Loud struct{ Greeter }

func (l Loud) Greet(name string) string { return l.Greeter.Greet(name) + "!" }

// Silent is a Greeter for tests.
type Silent struct{}

func (Silent) Greet(string) string { return "..." }

func greet(g Greeter) { fmt.Println(g.Greet("Ada")) }

// A provider may be provided as an interface; its own type is hidden then.
func ExampleAs() {
	run(
		di.Singleton(func() English { return English{} }, di.As[Greeter]()),
		fx.Invoke(greet),
	)
	// Output: Hello, Ada
}

// A decorator wraps what another module provides, for all who consume it.
func ExampleDecorate() {
	english := fx.Module("english", di.Singleton(func() English { return English{} }, di.As[Greeter]()))
	run(
		english,
		di.Decorate(func(g Greeter) Greeter { return Loud{g} }),
		fx.Invoke(greet),
	)
	// Output: Hello, Ada!
}

// A replacement stands where the provider stood, in whichever module that is. The provider is not called, and
// decorators apply on top.
func ExampleReplace() {
	english := fx.Module("english",
		di.Singleton(func() English { panic("never called") }, di.As[Greeter]()),
		di.Decorate(func(g Greeter) Greeter { return Loud{g} }),
	)
	run(
		english,
		di.Replace[Greeter](Silent{}),
		fx.Invoke(greet),
	)
	// Output: ...!
}
