package app

import (
	"log"
	"log/slog"

	"go.uber.org/zap"

	"github.com/berth-go/berth/internal/logs"
)

// redirect sends what is written by the loggers of the process (those of packages log and slog, and zap's global one)
// to the application's logger, until restore is called. It is for Main, which owns the process.
func redirect(root *logs.Root, l *zap.Logger) (restore func()) {
	undo := zap.ReplaceGlobals(l)
	std, out, flags, prefix := slog.Default(), log.Writer(), log.Flags(), log.Prefix()
	slog.SetDefault(root.NewSlog(l)) // and package log writes to that
	return func() {
		undo()
		slog.SetDefault(std)
		log.SetOutput(out)
		log.SetFlags(flags)
		log.SetPrefix(prefix)
	}
}
