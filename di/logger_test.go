package di_test

import (
	"context"
	"slices"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/scopes"
)

// observed is a logger, and the names under which something was written by it so far.
func observed() (log *zap.Logger, names func() []string) {
	core, logs := observer.New(zap.InfoLevel)
	return zap.New(core), func() []string {
		var names []string
		for _, e := range logs.TakeAll() {
			if e.Message == "here" {
				names = append(names, e.LoggerName)
			}
		}
		return names
	}
}

type Worker struct{ log *zap.Logger }

func (w *Worker) Work()                           { w.log.Info("here") }
func (w *Worker) Handle(log *zap.Logger)          { log.Info("here") }
func (w *Worker) Run(context.Context) error       { w.log.Info("here"); return nil }
func NewWorker(log *zap.Logger) *Worker           { log.Info("here"); return &Worker{log} }
func NewNamer(log *zap.Logger) Namer              { log.Info("here"); return &Person{} }
func NewRepoAndTx(log *zap.Logger) (*Repo, *Tx)   { log.Info("here"); return &Repo{}, &Tx{} }
func WrapWorker(w *Worker, l *zap.Logger) *Worker { l.Info("here"); return w }
func Log(log *zap.Logger)                         { log.Info("here") }

func Logged(ctx context.Context, next scopes.Next, log *zap.Logger) error {
	log.Info("here")
	return next(ctx)
}

func TestLoggersAreNamedAfterTheirConsumers(t *testing.T) {
	for _, tt := range []struct {
		name string
		unit any
		opts []fx.Option
		want []string
	}{
		{"a unit", Log, nil, []string{"di_test.Log"}},
		{"a method", (*Worker).Handle, []fx.Option{fx.Supply(&Worker{})}, []string{"di_test.Worker.Handle"}},
		{"a singleton", func(*Worker) {}, []fx.Option{di.Singleton(NewWorker)}, []string{"di_test.Worker"}},
		{"a scoped constructor", func(*Worker) {}, []fx.Option{di.Scoped(NewWorker)}, []string{"di_test.Worker"}},
		{"a transient constructor", func(_, _ *Worker) {}, []fx.Option{di.Transient(NewWorker)}, []string{"di_test.Worker", "di_test.Worker"}},
		{"an interface", func(Namer) {}, []fx.Option{di.Singleton(NewNamer)}, []string{"di_test.Namer"}},
		{"the first of several results", func(*Tx) {}, []fx.Option{di.Scoped(NewRepoAndTx)}, []string{"di_test.Repo"}},
		{"a decorator", func(*Worker) {}, []fx.Option{fx.Supply(&Worker{}), di.Decorate(WrapWorker)}, []string{"di_test.WrapWorker"}},
		{"a wrapper", scopes.Around(Log, Logged), nil, []string{"di_test.Logged", "di_test.Log"}},
		{"a struct", func(struct {
			fx.In
			W *Worker
		},
		) {
		}, []fx.Option{di.Scoped(func(p struct {
			fx.In
			Log *zap.Logger
		},
		) *Worker {
			return NewWorker(p.Log)
		})}, []string{"di_test.Worker"}},
		{"a replacement", func(*Worker) {}, []fx.Option{di.Singleton(never[*Worker](t)), di.ReplaceFunc(NewWorker)}, []string{"di_test.Worker"}},
		{"a Lazy", func(ctx context.Context, w di.Lazy[*Worker]) error { _, err := w.Get(ctx); return err }, []fx.Option{di.Scoped(NewWorker)}, []string{"di_test.Worker"}},
		{"a Lazy logger", func(ctx context.Context, w *Worker, l di.Lazy[*zap.Logger]) error { _, err := l.Get(ctx); return err }, []fx.Option{di.Scoped(NewWorker)}, []string{"di_test.Worker"}},
		{"plain fx is left alone", func(*Worker) {}, []fx.Option{fx.Provide(NewWorker)}, []string{""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log, names := observed()
			call(t, 1, tt.unit, append(tt.opts, fx.Supply(log))...)
			if got := names(); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLoggersKeepTheNameTheyHave(t *testing.T) {
	log, names := observed()
	call(t, 1, func(*Worker) {},
		fx.Supply(log.Named("root")),
		fx.Module("m", // a logger for this module: its consumers are named after it
			fx.Decorate(func(l *zap.Logger) *zap.Logger { return l.Named("m") }),
			di.Singleton(NewWorker),
		),
	)
	if got := names(); !slices.Equal(got, []string{"root.m.di_test.Worker"}) {
		t.Errorf("got %q", got)
	}

	call(t, 1, func(*Worker) {},
		fx.Supply(log.Named("root")),
		fx.Module("m", di.Singleton(func() *zap.Logger { return log.Named("private") }, di.Private()), di.Scoped(NewWorker)),
	)
	if got := names(); !slices.Equal(got, []string{"private.di_test.Worker"}) {
		t.Errorf("got %q", got)
	}
}

func TestLoggerWithANameIsTakenAsItIs(t *testing.T) {
	log, names := observed()
	call(t, 1, func(p struct {
		fx.In
		Audit *zap.Logger   `name:"audit"`
		All   []*zap.Logger `group:"logs"`
	},
	) {
		p.Audit.Info("here")
		p.All[0].Info("here")
	},
		di.Singleton(func() *zap.Logger { return log.Named("audit") }, di.Name("audit")),
		di.Singleton(func() *zap.Logger { return log.Named("member") }, di.Group("logs")),
	)
	if got := names(); !slices.Equal(got, []string{"audit", "member"}) {
		t.Errorf("got %q", got)
	}
}

func TestLoggerOfAServiceIsNamedAfterIt(t *testing.T) {
	log, names := observed()
	a := apptest.Start(t, fx.Supply(log), hosting.Service(NewWorker))
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	if got := names(); !slices.Equal(got, []string{"di_test.Worker", "di_test.Worker"}) {
		t.Errorf("got %q", got)
	}
}

// Scopes opened by hand name loggers as bound functions do.
func TestLoggersInAnOpenScope(t *testing.T) {
	log, names := observed()
	var f *scopes.Factory
	apptest.Start(t, fx.Supply(log), di.Scoped(NewWorker), fx.Populate(&f))
	s, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := scopes.Get[*Worker](s); err != nil {
		t.Error(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if got := names(); !slices.Equal(got, []string{"di_test.Worker"}) {
		t.Errorf("got %q", got)
	}
}
