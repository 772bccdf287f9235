package logs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/internal/confbind"
)

// Open makes the logger that the settings ask for, and puts their rules into levels. Of an output that
// cannot be opened err is a confbind.Error without its source. Close closes its output when the
// application has stopped; what is written later goes to standard error.
func Open(s Settings, levels *Levels) (log *zap.Logger, close func(), err error) {
	if err := s.Validate(); err != nil {
		return nil, nil, fmt.Errorf("section \"log\" is invalid: %w", err)
	}
	out := &output{file: os.Stderr}
	switch s.Output {
	case "", "stderr":
	case "stdout":
		out.file = os.Stdout
	default:
		file, err := os.OpenFile(s.Output, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			if wrong := (*fs.PathError)(nil); errors.As(err, &wrong) {
				err = wrong.Err // without the value of the key
			}
			return nil, nil, &confbind.Error{Key: "log.output", Reason: fmt.Sprintf("names a file that cannot be written: %v", err)}
		}
		out.file, out.owned = file, true
	}
	for name, level := range s.Levels {
		levels.Set(name, level)
	}
	inner := s.core(out)
	if s.Sampling.First > 0 {
		inner = zapcore.NewSamplerWithOptions(inner, time.Second, s.Sampling.First, s.Sampling.Thereafter)
	}
	var opts []zap.Option
	if s.Caller {
		opts = append(opts, zap.AddCaller())
	}
	if level, _ := s.stackLevel(); level != noStack {
		opts = append(opts, zap.AddStacktrace(level))
	}
	return zap.New(levels.Core(inner), opts...), out.close, nil
}

// core writes all levels, in the encoding of the settings.
func (s Settings) core(out *output) zapcore.Core {
	c := zap.NewProductionEncoderConfig()
	c.EncodeDuration = zapcore.StringDurationEncoder
	c.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	if s.Encoding == "json" || s.Encoding != "console" && !out.isTerminal() {
		return zapcore.NewCore(zapcore.NewJSONEncoder(c), out, zap.DebugLevel)
	}
	c.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
	c.EncodeLevel = zapcore.CapitalLevelEncoder
	c.ConsoleSeparator = "  "
	return console{zapcore.NewCore(zapcore.NewConsoleEncoder(c), out, zap.DebugLevel)}
}

// isTerminal is meant for standard output and standard error.
func (o *output) isTerminal() bool {
	info, err := o.file.Stat()
	return err == nil && !o.owned && info.Mode()&os.ModeCharDevice != 0
}

// An output is where lines go. A line that it cannot take goes to standard error.
type output struct {
	mu sync.Mutex

	file  *os.File
	owned bool // to be closed
}

func (o *output) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.file.Write(line)
	if err == nil || !o.owned {
		return n, err
	}
	return os.Stderr.Write(line)
}

// Sync writes a file to its disk. Other outputs hold nothing back, and what they answer says nothing.
func (o *output) Sync() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.owned {
		return nil
	}
	return o.file.Sync()
}

func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.owned {
		return
	}
	_ = o.file.Sync() // a full disk has been reported line by line
	_ = o.file.Close()
	o.file, o.owned = os.Stderr, false
}
