// Hello greets whoever asks and counts the greetings.
package main

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/web"
)

// Module is the whole program but for its address.
var Module = fx.Module("hello",
	di.Singleton(NewGreeter),
	web.Handle("GET /hello/{name}", (*Greeter).Hello),
	hosting.Every(time.Minute, (*Greeter).Report),
)

func main() { app.Main(Module, web.Serve(":8080")) }

// A Greeter counts what it says.
type Greeter struct {
	log   *zap.Logger
	count atomic.Int64
}

// NewGreeter returns a greeter that has said nothing yet.
func NewGreeter(log *zap.Logger) *Greeter { return &Greeter{log: log} }

// Hello answers a request.
func (g *Greeter) Hello(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "Hello, %s!\nYou are number %d.\n", r.PathValue("name"), g.count.Add(1))
}

// Report is called every minute.
func (g *Greeter) Report() { g.log.Info("greeted", zap.Int64("people", g.count.Load())) }
