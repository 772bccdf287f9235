package logs

import (
	"fmt"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// console writes an error behind the message, line by line, where zap's console would quote it.
type console struct{ zapcore.Core }

func (c console) With(fields []zap.Field) zapcore.Core { return console{c.Core.With(fields)} }

func (c console) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

func (c console) Write(e zapcore.Entry, fields []zap.Field) error {
	rest := make([]zap.Field, 0, len(fields))
	for _, f := range fields {
		err, ok := f.Interface.(error)
		if !ok || f.Type != zapcore.ErrorType || f.Key != "error" {
			rest = append(rest, f)
			continue
		}
		first, lines, _ := strings.Cut(strings.TrimSpace(fmt.Sprintf("%+v", err)), "\n")
		e.Message += ": " + first
		e.Stack = strings.TrimPrefix(e.Stack+"\n"+lines, "\n") // comes behind the fields
	}
	return c.Core.Write(e, rest)
}
