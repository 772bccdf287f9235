// Queued does work in the background that somebody asks for by a key: the queued service of the .NET documentation.
package main

import (
	"io"
	"os"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
)

// Module is the program without its configuration.
var Module = fx.Module("queued",
	config.Bind[Settings]("queued"),
	di.Singleton(Keyboard),
	hosting.Consume[Work](Process, hosting.With(capacity), hosting.Leftover(Forget)),
	hosting.Run(Monitor, hosting.Intake(), hosting.Abandon()), // a read cannot be interrupted
)

// Keyboard is where keys come from: a terminal, which is put back as it was when the application has stopped, or a pipe.
func Keyboard() (io.Reader, func() error, error) {
	restore, err := keyByKey(os.Stdin)
	return os.Stdin, restore, err
}

func main() {
	app.Main(
		config.Load(config.File("queued.yaml", config.Optional()), config.Env("APP")),
		Module,
	)
}
