package app

import (
	"runtime/debug"

	"go.uber.org/zap"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/settings"
)

// build are the fields that say which program this is: its version and revision, where the go command has recorded
// them, and the version of Go.
func build() []zap.Field {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var fields []zap.Field
	if v := info.Main.Version; v != "" && v != "(devel)" {
		fields = append(fields, zap.String("version", v))
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			const short = 12
			fields = append(fields, zap.String("revision", s.Value[:min(len(s.Value), short)]))
		case s.Key == "vcs.modified" && s.Value == "true":
			fields = append(fields, zap.Bool("modified", true))
		}
	}
	return append(fields, zap.String("go", info.GoVersion))
}

// budgets are the fields that say how long the start and the stop may take, and which profile set that.
func (a *App) budgets(all []decl.Setting) []zap.Field {
	var fields []zap.Field
	if profile := settings.Of(a.engine, all).Profile(); profile != "" {
		fields = append(fields, zap.String("profile", profile))
	}
	l := a.engine.Limits()
	if l.Start > 0 {
		fields = append(fields, zap.Duration("start_timeout", l.Start))
	}
	fields = append(fields, zap.Duration("stop_timeout", l.Stop), zap.Duration("grace", l.Grace))
	if l.Drain > 0 {
		fields = append(fields, zap.Duration("drain_delay", l.Drain))
	}
	return fields
}
