// Package jobs is what goes on beside the parcels.
package jobs

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/examples/adopt/notify"
	"github.com/berth-go/berth/examples/adopt/store"
)

// Module provides the jobs and runs them.
var Module = fx.Module("jobs",
	fx.Decorate(func(log *zap.Logger) *zap.Logger { return log.Named("jobs") }),
	fx.Provide(
		fx.Annotate(NewSweeper, fx.As(new(Job)), fx.ResultTags(`group:"jobs"`)),
		fx.Annotate(NewReminder, fx.As(new(Job)), fx.ResultTags(`group:"jobs"`)),
		fx.Annotate(NewMeter, fx.As(new(Job)), fx.ResultTags(`group:"jobs"`)),
		fx.Annotate(NewSupervisor, fx.ParamTags(``, `group:"jobs"`)),
		NewWatchdog,
	),
	fx.Invoke(func(lc fx.Lifecycle, s *Supervisor) { lc.Append(s.Hook()) }),
)

// A Job runs until its context ends.
type Job interface {
	Name() string
	Run(ctx context.Context)
}

// idle is a job that waits for its end.
type idle string

func (i idle) Name() string          { return string(i) }
func (idle) Run(ctx context.Context) { <-ctx.Done() }

// Sweeper throws old parcels away.
type Sweeper struct {
	idle
	parcels store.Parcels
}

// NewSweeper returns a sweeper.
func NewSweeper(p store.Parcels) *Sweeper { return &Sweeper{"sweeper", p} }

// Reminder reminds customers.
type Reminder struct {
	idle
	notifier *notify.Notifier
}

// NewReminder returns a reminder.
func NewReminder(n *notify.Notifier) *Reminder { return &Reminder{"reminder", n} }

// Meter counts what is in the cache.
type Meter struct {
	idle
	cache store.Cache
}

// NewMeter returns a meter.
func NewMeter(c store.Cache) *Meter { return &Meter{"meter", c} }

// A Supervisor runs jobs.
type Supervisor struct {
	ctx  context.Context // of the program
	jobs []Job
	log  *zap.Logger

	end     context.CancelFunc
	running sync.WaitGroup
}

// NewSupervisor takes all jobs. They run on the context of the program, which outlives that of the start.
func NewSupervisor(ctx context.Context, jobs []Job, log *zap.Logger) *Supervisor {
	slices.SortFunc(jobs, func(a, b Job) int { return cmp.Compare(a.Name(), b.Name()) })
	return &Supervisor{ctx: ctx, jobs: jobs, log: log}
}

// Hook starts the jobs with the program, and ends them with it.
func (s *Supervisor) Hook() fx.Hook { return fx.StartStopHook(s.start, s.stop) }

func (s *Supervisor) start() {
	ctx, end := context.WithCancel(s.ctx)
	s.end = end
	for _, job := range s.jobs {
		s.log.Info("job started", zap.String("job", job.Name()))
		s.running.Add(1)
		go func() {
			defer s.running.Done()
			job.Run(ctx)
		}()
	}
}

func (s *Supervisor) stop() {
	s.end()
	s.running.Wait()
	s.log.Info("jobs ended", zap.Int("jobs", len(s.jobs)))
}

// Names are the jobs that run.
func (s *Supervisor) Names() []string {
	names := make([]string, len(s.jobs))
	for i, job := range s.jobs {
		names[i] = job.Name()
	}
	return names
}

// A Watchdog ends the program.
type Watchdog struct {
	shutdowner fx.Shutdowner
	log        *zap.Logger
}

// NewWatchdog returns a dog that is quiet.
func NewWatchdog(s fx.Shutdowner, log *zap.Logger) *Watchdog { return &Watchdog{s, log} }

// Flooded is the exit code of a depot under water.
const Flooded = 3

// Bark ends the program because of a flood.
func (w *Watchdog) Bark() error {
	w.log.Warn("flooded")
	return w.shutdowner.Shutdown(fx.ExitCode(Flooded))
}
