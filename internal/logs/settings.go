package logs

import (
	"errors"
	"fmt"
	"strings"

	"go.uber.org/zap/zapcore"
)

// Settings are those of the section log: how the default logger of an application writes, and where.
type Settings struct {
	// Levels are the levels from which on loggers write, by the prefix of their names: see Levels. Default: info for
	// all.
	Levels map[string]zapcore.Level `doc:"level from which on loggers write, by the prefix of their names; the empty name is for all"`
	// Encoding is "console", "json" or "auto": console on a terminal and json elsewhere. Default: auto.
	Encoding string `default:"auto" doc:"console, json, or auto: console on a terminal and json elsewhere"`
	// Output is "stderr", "stdout" or the path of a file, which is appended to. Default: stderr.
	Output string `default:"stderr" doc:"stderr, stdout, or the path of a file"`
	// Caller adds to each line where it was written. Default: no.
	Caller bool `default:"false" doc:"whether lines say where they were written"`
	// Stacktrace adds to each line from a level on the stack of its goroutine. Default: none.
	Stacktrace string `default:"none" doc:"level from which on lines have a stack trace, or none"`
	// Sampling keeps a flood of equal lines out of the log. Default: it does not.
	Sampling Sampling
}

// Sampling limits how often lines of one level and message are written in one second.
type Sampling struct {
	// First is how many are written. Default: 0, which is all.
	First int `default:"0" doc:"how many equal lines are written in one second; 0 is all"`
	// Thereafter is which of those beyond are written: each hundredth, for 100. Default: 100. 0 is none.
	Thereafter int `default:"100" doc:"beyond those, only each of that number is written; 0 is none"`
}

// Validate reports what makes no sense.
func (s Settings) Validate() error {
	var errs []error
	switch s.Encoding {
	case "", "auto", "console", "json":
	default:
		errs = append(errs, errors.New(`encoding must be "auto", "console" or "json"`))
	}
	if _, err := s.stackLevel(); err != nil {
		errs = append(errs, err)
	}
	if s.Sampling.First < 0 {
		errs = append(errs, errors.New("sampling.first must not be negative"))
	}
	if s.Sampling.Thereafter < 0 {
		errs = append(errs, errors.New("sampling.thereafter must not be negative"))
	}
	for name := range s.Levels {
		if strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") {
			errs = append(errs, fmt.Errorf("levels has %q, which is the name of no logger: it begins or ends with a dot", name))
		}
	}
	return errors.Join(errs...)
}

// noStack is beyond all levels.
const noStack = zapcore.FatalLevel + 1

func (s Settings) stackLevel() (zapcore.Level, error) {
	if s.Stacktrace == "" || s.Stacktrace == "none" {
		return noStack, nil
	}
	level, err := zapcore.ParseLevel(s.Stacktrace)
	if err != nil {
		return noStack, errors.New(`stacktrace must be a level such as "error", or "none"`)
	}
	return level, nil
}
