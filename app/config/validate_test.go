package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
)

// picky refuses what it is told to.
type picky struct {
	Wrong  []string
	Broken bool
}

func (p picky) Validate() error {
	if p.Broken {
		panic("s3cret")
	}
	var errs []error
	for _, what := range p.Wrong {
		errs = append(errs, errors.New(what+" is wrong"))
	}
	return errors.Join(errs...)
}

// refused is what is wrong with an application.
func refused(t *testing.T, opts ...fx.Option) string {
	t.Helper()
	a := app.New(fx.NopLogger, fx.Options(opts...))
	if err := a.Stop(t.Context()); err != nil {
		t.Errorf("stop of what was never built: %v", err)
	}
	return errorText(a.Err())
}

// HO-064, HO-065, HO-066, HO-068, HO-069, HO-070, HO-072.
func TestAllSettingsAreValidatedWhoeverTakesThemAndWhereverTheyAreLoaded(t *testing.T) {
	load := config.Load(config.Values(map[string]any{"one.wrong": "left,right", "two.wrong": "up"}))
	one, two := config.Bind[picky]("one"), config.Bind[picky]("two", di.Name("two"))
	for _, opts := range [][]fx.Option{{load, one, two}, {two, one, load}} {
		err := refused(t, opts...)
		for _, want := range []string{`section "one" is invalid: left is wrong`, "right is wrong", `section "two" is invalid: up is wrong`} {
			if !strings.Contains(err, want) {
				t.Errorf("%q is not in %s", want, err)
			}
		}
	}
}

// HO-073.
func TestAPanicOfValidateKeepsTheOtherErrors(t *testing.T) {
	err := refused(t,
		config.Load(config.Values(map[string]any{"one.broken": true, "two.wrong": "up"})),
		config.Bind[picky]("one"), config.Bind[picky]("two", di.Name("two")))
	if !strings.Contains(err, `validation of section \"one\"`) || !strings.Contains(err, "up is wrong") || strings.Contains(err, "s3cret") {
		t.Errorf("got %s", err)
	}
}

func TestNothingIsValidatedFromSourcesThatCannotBeRead(t *testing.T) {
	err := refused(t, config.Load(config.File("none.yaml"), config.Values(map[string]any{"one.broken": true})), config.Bind[picky]("one"))
	if !strings.HasPrefix(err, `app: 1 problem in the configuration: file "none.yaml"`) {
		t.Errorf("got %s", err)
	}
}

func TestAValidateWithAPointerMayChangeWhatItChecks(t *testing.T) {
	var got derived
	a := app.New(fx.NopLogger, config.Bind[derived]("d"), fx.Populate(&got))
	defer a.Stop(t.Context())
	if a.Err() != nil || got.Twice != 2*time.Second {
		t.Errorf("got %+v, %v", got, a.Err())
	}
}

type derived struct {
	Once  time.Duration `default:"1s"`
	Twice time.Duration `key:"-"`
}

func (d *derived) Validate() error {
	d.Twice = 2 * d.Once
	return nil
}
