package hosting_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/scopes"
)

func TestOnlyQueuesThatAreDeclaredWellStart(t *testing.T) {
	unit := func(item) {}
	const declared = "declared at hosting/consume_misuse_test.go:"
	tests := []struct {
		name string
		opts []fx.Option
		as   any
		says []string
	}{
		{
			"no workers and no capacity",
			[]fx.Option{hosting.Consume[item](unit, hosting.Workers(0), hosting.Capacity(-1))},
			new(*di.SignatureError),
			[]string{"option Workers must be positive, is 0; option Capacity must be positive, is -1", declared},
		},
		{
			"options of other triggers",
			[]fx.Option{hosting.Consume[item](unit, hosting.Interval(1), hosting.Intake(), hosting.Idle(1))},
			new(*di.SignatureError),
			[]string{"option Interval is not for Consume; option Intake is not for Consume; option Idle is not for Consume", declared},
		},
		{
			"options of a queue for another trigger",
			[]fx.Option{hosting.Loop(func(context.Context) {}, hosting.Workers(2), hosting.Retry(hosting.RetryPolicy{}), hosting.Leftover(unit))},
			new(*di.SignatureError),
			[]string{"option Workers is not for Loop; option Retry is not for Loop; option Leftover is not for Loop", declared},
		},
		{
			"a retry that makes no sense",
			[]fx.Option{
				hosting.Consume[item](unit, hosting.Retry(hosting.RetryPolicy{Attempts: -1})),
				hosting.Consume[string](func(string) {}, hosting.Retry(hosting.RetryPolicy{First: -1})),
				hosting.Consume[int](func(int) {}, hosting.Retry(hosting.RetryPolicy{First: time.Minute, Most: time.Second})),
			},
			new(*di.SignatureError),
			[]string{
				"attempts of option Retry must be positive, are -1", "waits of option Retry must be positive, are -1ns and 0s",
				"longest wait of option Retry, 1s, is shorter than the first, 1m0s", declared,
			},
		},
		{
			"a unit that does not take the item",
			[]fx.Option{hosting.Consume[item](func(context.Context) {})},
			new(*di.SignatureError),
			[]string{"Consume[hosting_test.item] gives its unit a hosting_test.item, which neither the unit nor anything in its scope takes", declared},
		},
		{
			"a unit that takes a pointer to the item",
			[]fx.Option{hosting.Consume[item](func(*item) {})},
			new(*di.MissingError),
			[]string{"missing *hosting_test.item", "hosting/consume_misuse_test.go:", "unit of Consume[hosting_test.item]"},
		},
		{
			"a unit that returns more than an error",
			[]fx.Option{hosting.Consume[item](func(item) (int, error) { return 0, nil })},
			new(*di.SignatureError),
			[]string{"a unit of Consume[hosting_test.item] returns nothing or an error, not int", declared},
		},
		{
			"no unit",
			[]fx.Option{hosting.Consume[item](nil)},
			new(*di.SignatureError),
			[]string{"Consume[hosting_test.item]", "hosting/consume_misuse_test.go:"},
		},
		{
			"an item that only another unit is given",
			[]fx.Option{
				di.Scoped(func(item) *counter { return &counter{} }),
				hosting.Consume[item](func(item) {}),
				hosting.Every(time.Second, func(*counter) {}),
			},
			new(*di.MissingError),
			[]string{"hosting_test.item is not given here", "only units of Consume[hosting_test.item] are given a hosting_test.item"},
		},
		{
			"an item that is provided",
			[]fx.Option{hosting.Consume[*counter](func(*counter) {}), di.Singleton(func() *counter { return &counter{} })},
			new(*di.DuplicateError),
			[]string{"gives it", "Consume[*hosting_test.counter] gives its units a *hosting_test.counter, so nothing may provide one"},
		},
		{
			"two queues of one type",
			[]fx.Option{hosting.Consume[item](unit), hosting.Consume[item](func(item) {})},
			new(*di.DuplicateError),
			[]string{"*hosting.Queue[", "hosting_test.item]", "hosting/consume_misuse_test.go:", "hosting/consume_misuse_test.go:", "option Name"},
		},
		{
			"a named queue that is asked for without its name",
			[]fx.Option{hosting.Consume[item](unit, hosting.Name("mails")), di.Scoped(func(*hosting.Queue[item]) *counter { return nil })},
			new(*di.MissingError),
			[]string{"missing *hosting.Queue[", `named "mails" is provided at hosting/consume_misuse_test.go:`, "is the name missing?"},
		},
		{
			"two queues of one name",
			[]fx.Option{hosting.Consume[item](unit, hosting.Name("x")), hosting.Consume[string](func(string) {}, hosting.Name("x"))},
			new(*di.SignatureError),
			[]string{`name "x" is that of the trigger at hosting/consume_misuse_test.go:`},
		},
		{
			"items that are contexts",
			[]fx.Option{hosting.Consume[context.Context](func(context.Context) {})},
			new(*di.SignatureError),
			[]string{"items cannot be contexts", declared},
		},
		{
			"a Leftover of the wrong shape",
			[]fx.Option{hosting.Consume[item](unit, hosting.Leftover(func(context.Context, item) error { return nil }))},
			new(*di.SignatureError),
			[]string{"Leftover of Consume[hosting_test.item] gives its unit a []hosting_test.item, which neither the unit nor anything in its scope takes", declared},
		},
		{
			"a Leftover that is no function",
			[]fx.Option{hosting.Consume[item](unit, hosting.Leftover(7))},
			new(*di.SignatureError),
			[]string{"Leftover of Consume[hosting_test.item]", "hosting/consume_misuse_test.go:"},
		},
		{
			"no Leftover",
			[]fx.Option{hosting.Consume[item](unit, hosting.Leftover(nil))},
			new(*di.SignatureError),
			[]string{"unit of option Leftover must not be nil", declared},
		},
		{
			"a Leftover and a name from With",
			[]fx.Option{
				hosting.Consume[item](unit, hosting.With(func() hosting.Option { return hosting.Leftover(unit) })),
				hosting.Consume[string](func(string) {}, hosting.With(func() hosting.Option { return hosting.Name("x") })),
			},
			nil,
			[]string{
				"option Leftover must be given directly, not by With: Consume[hosting_test.item] at hosting/consume_misuse_test.go:",
				"option Name of a queue must be given directly, not by With: Consume[string] at hosting/consume_misuse_test.go:",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := app.New(append(test.opts, quiet)...).Err()
			if err == nil || test.as != nil && !errors.As(err, test.as) {
				t.Fatalf("error is %v, want a %T", err, test.as)
			}
			wantText(t, err, test.says)
		})
	}
}

func TestSomethingElseInTheScopeMayTakeTheItem(t *testing.T) {
	tests := map[string][]fx.Option{
		"a constructor": {
			di.Scoped(func(item) *counter { return &counter{} }),
			hosting.Consume[item](func(*counter) {}),
		},
		"a wrapper": {hosting.Consume[item](scopes.Around(func() {}, func(ctx context.Context, next scopes.Next, _ item) error {
			return next(ctx)
		}))},
		"a lazy":  {hosting.Consume[item](func(di.Lazy[item]) {})},
		"a scope": {hosting.Consume[item](func(*scopes.Scope) {})},
	}
	for name, opts := range tests {
		if err := app.New(append(opts, quiet)...).Err(); err != nil {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

func TestCapacityAndWorkersFromWith(t *testing.T) {
	type settings struct{ workers, capacity int }
	for _, capacity := range []int{1, 7} {
		var (
			q    *hosting.Queue[item]
			all  *hosting.Triggers
			done int
		)
		run(t, func(t *testing.T) {
			pass(time.Second)
			if info := queueOf(t, all); info.Workers != 3 || info.Capacity != capacity || info.Processed != 4 || done != 4 {
				t.Errorf("%+v", info)
			}
		}, fx.Supply(settings{3, capacity}), fx.Populate(&q, &all),
			fx.Invoke(func(q *hosting.Queue[item]) error {
				var err error
				for i := range 4 {
					err = errors.Join(err, q.TrySend(item{i}))
				}
				return err
			}),
			hosting.Consume[item](func(item, *record) { done++ }, hosting.With(func(s settings) hosting.Option { return hosting.Workers(s.workers) }),
				hosting.With(func(s settings) hosting.Option { return hosting.Capacity(s.capacity) })), fx.Supply(new(record)))
	}
}
