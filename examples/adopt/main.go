// Adopt is a parcel depot on plain fx: a program of usual size that knows nothing of Berth. Its tests run it as it is under fx.New,
// under app.New and under fx.New(app.Module(...)), and then add a scoped service and a trigger to it.
package main

import (
	"context"
	"os"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/examples/adopt/program"
)

func main() {
	fx.New(program.Options(context.Background(), newLogger())).Run()
}

// newLogger writes to standard error.
func newLogger() *zap.Logger {
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(os.Stderr), zap.InfoLevel))
}
