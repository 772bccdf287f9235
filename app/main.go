package app

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/internal/supervise"
)

// Main is the whole program: it constructs, starts and runs the application until it is to stop, and
// returns after a clean stop. Otherwise it logs what Run would return, once, and exits with code 1, or with
// the code given to fx.Shutdowner.
//
// While the application runs, packages log and slog of the standard library and zap's global logger write to the logger of the
// application. The log is flushed last on every way out, also when the calling goroutine panics.
//
// SIGINT and SIGTERM ask for a clean stop, from before construction on; during construction and start they interrupt it. While
// the configuration is read, when there is nothing to stop, one ends the process. A
// second one ends the process at once, with code 130 or 143, and the log says what it did not wait for. With config.Reload SIGHUP
// has the configuration read anew.
func Main(opts ...fx.Option) {
	a := compile(opts, wiring{loud: true})
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if a.renew != nil {
		signal.Notify(signals, syscall.SIGHUP)
	}
	defer a.journal.flush() // also after a panic
	restore := func() {}
	a.journal.adopt = func(l *zap.Logger) { restore = redirect(a.journal.root, l) }
	if a.page != nil {
		a.err = a.page.print(os.Stdout)
	}
	ended := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() { a.obey(signals, ended) })
	var err error
	if a.page == nil || a.err != nil {
		err = a.run(context.Background())
	}
	signal.Stop(signals)
	close(ended)
	watcher.Wait()

	if fresh := a.journal.fresh(err); fresh != nil {
		a.journal.logger().Error("application failed", zap.Error(fresh))
	}
	restore()
	a.journal.flush()
	a.journal.close()
	if code := exitCode(err); code != 0 {
		os.Exit(code)
	}
}

// obey shuts the application down at the first signal and ends the process at the second.
func (a *App) obey(signals <-chan os.Signal, ended <-chan struct{}) {
	asked := false
	for {
		select {
		case <-ended:
			return
		case s := <-signals:
			name := zap.Stringer("signal", s)
			if s == syscall.SIGHUP { // if nothing has changed, no other line says that it arrived
				a.journal.logger().Info("signal received, the configuration is read anew", name)
				a.renew()
				continue
			}
			if !asked {
				asked = true
				a.journal.logger().Info("signal received, a second one exits at once", name)
				a.signal.Store(&s)
				a.engine.Shutdown(nil)
				continue
			}
			a.confess()
			a.journal.logger().Warn("second signal received, exiting at once", name)
			a.journal.flush()
			number, _ := s.(syscall.Signal)
			os.Exit(128 + int(number))
		}
	}
}

// confess logs what a process that ends at once has not waited for.
func (a *App) confess() {
	for _, w := range a.engine.Waiting() {
		fields := []zap.Field{zap.String("in", w.Op), took(time.Since(w.Since))}
		if w.Scopes > 0 {
			fields = []zap.Field{zap.Int("scopes", w.Scopes)}
		} else if w.Op == "" {
			fields = fields[1:]
		}
		a.journal.logger().Warn("not waited for any longer", about(w.Source, fields...)...)
	}
}

func exitCode(err error) int {
	var exit *supervise.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.Code
	}
	return 1
}
