package hosting_test

import (
	"context"
	"fmt"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// A Ledger is closed at night.
type Ledger struct{}

func NewLedger() *Ledger { return &Ledger{} }

func (l *Ledger) Close(context.Context) error {
	fmt.Println("closed")
	return nil
}

// LedgerSettings come from the configuration in a real program: config.Bind[LedgerSettings]("ledger").
type LedgerSettings struct{ CloseAt string }

func closeAt(s LedgerSettings) hosting.Option { return hosting.Spec(s.CloseAt) }

// The ledger is closed at three unless the settings say otherwise. An operator who knows the trigger by its name closes it now, and
// from now on later.
func ExampleCron() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		fx.Supply(LedgerSettings{CloseAt: "30 3 * * MON-FRI"}),
		di.Singleton(NewLedger),
		hosting.Cron("0 3 * * *", (*Ledger).Close, hosting.Name("close"), hosting.With(closeAt)),

		hosting.Run(func(ctx context.Context, ts *hosting.Triggers, shutdown lifecycle.Shutdown) error {
			trigger, _ := ts.Find("close")
			fmt.Println("at", trigger.Info().Cron)
			if err := trigger.RunNow(ctx); err != nil {
				return err
			}
			fmt.Println(trigger.SetCron("CRON_TZ=Europe/Berlin 0 25 * * *"))
			if err := trigger.SetCron("CRON_TZ=Europe/Berlin 0 4 * * *"); err != nil {
				return err
			}
			fmt.Println("at", trigger.Info().Cron)
			shutdown(nil)
			return nil
		}),
	)
	fmt.Println(err)
	// Output:
	// at 30 3 * * MON-FRI
	// closed
	// trigger "close": cron "CRON_TZ=Europe/Berlin 0 25 * * *": hour "25" makes no sense: write * or 0-23, a list as 1,3, a range as 1-5, a step as */2
	// at CRON_TZ=Europe/Berlin 0 4 * * *
	// <nil>
}
