package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"

	"github.com/berth-go/berth/app/log"
	"github.com/berth-go/berth/hosting"
)

// Settings are the section "queued" of queued.yaml, and the variables APP_QUEUED__QUEUE_CAPACITY and APP_QUEUED__STEP.
type Settings struct {
	QueueCapacity int           `default:"100"` // Items that may wait. Default 100.
	Step          time.Duration `default:"5s"`  // How long one of three steps takes. Default 5s.
}

// Validate is called when the application starts.
func (s Settings) Validate() error {
	if s.QueueCapacity <= 0 {
		return errors.New("queue_capacity must be positive")
	}
	if s.Step <= 0 {
		return errors.New("step must be positive")
	}
	return nil
}

func capacity(s Settings) hosting.Option { return hosting.Capacity(s.QueueCapacity) }

// Work is an item of the queue. It is a function, so that anything may be queued.
type Work func(context.Context) error

// Process is the unit that is called with each item. Its error is logged, and the next item follows.
func Process(ctx context.Context, work Work) error { return work(ctx) }

// Forget is told of what nobody has processed when the application stops.
func Forget(left []Work, log *zap.Logger) {
	log.Warn("work is left", zap.Int("items", len(left)))
}

// ctrlD ends the input of a terminal, which without lines hands it over like any other key.
const ctrlD = '\x04'

// Monitor sends an item for each w that is typed. While the queue is full it waits, and so does who types. It ends with its
// input; the work goes on.
func Monitor(ctx context.Context, in io.Reader, queue *hosting.Queue[Work], s Settings, log *zap.Logger) error {
	log.Info("press w to add work, Ctrl-C to stop")
	keys := bufio.NewReader(in)
	for number := 1; ; {
		key, _, err := keys.ReadRune()
		switch {
		case errors.Is(err, io.EOF), key == ctrlD:
			return nil
		case err != nil:
			return fmt.Errorf("keyboard: %w", err)
		case key != 'w' && key != 'W':
			continue
		}
		if err := queue.Send(ctx, threeSteps(number, s.Step)); err != nil {
			return err
		}
		number++
	}
}

// threeSteps is work that takes three steps, and gives up between or within them when it must.
func threeSteps(number int, step time.Duration) Work {
	return func(ctx context.Context) error {
		log := log.From(ctx).With(zap.Int("work", number))
		log.Info("work begins")
		for i := range 3 {
			select {
			case <-time.After(step):
				log.Info("step done", zap.Int("step", i+1))
			case <-ctx.Done():
				log.Info("work was cancelled", zap.Int("step", i+1))
				return ctx.Err()
			}
		}
		log.Info("work is complete")
		return nil
	}
}
