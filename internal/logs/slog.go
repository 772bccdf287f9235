package logs

import (
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
)

// A handler writes what a slog.Logger is told to the core of a zap.Logger, under its name.
type handler struct {
	*zapslog.Handler
	log *zap.Logger
}

// Slog makes a slog.Logger of a zap.Logger.
func Slog(log *zap.Logger) *slog.Logger {
	return slog.New(&handler{
		Handler: zapslog.NewHandler(log.Core(), zapslog.WithName(log.Name()), zapslog.AddStacktraceAt(slog.LevelError+1)),
		log:     log,
	})
}

// NamedSlog names a logger that Slog has made after its consumer, as Named does. Others stay as they are.
func NamedSlog(log *slog.Logger, consumer string) *slog.Logger {
	if h, ours := log.Handler().(*handler); ours {
		return Slog(Named(h.log, consumer))
	}
	return log
}
