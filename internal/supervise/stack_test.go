package supervise_test

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-go/berth/internal/supervise"
)

func TestStackOfAHungCallEndsWithTheFunctionOfTheProgram(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		release := make(chan struct{})
		p.Configure(supervise.Limits{Start: time.Second})
		p.startHook("a", func(context.Context) error { sync.OnceFunc(func() { <-release })(); return nil })
		stack := string(as[*supervise.HungError](t, p.Start(t.Context())).Stack)
		close(release)
		lines := strings.Split(stack, "\n")
		if last := lines[len(lines)-1]; !strings.Contains(last, "supervise/stack_test.go:") || strings.HasSuffix(stack, "\n") {
			t.Errorf("stack does not end in the program:\n%s", stack)
		}
		if !strings.Contains(stack, "sync.(*Once)") || strings.Contains(stack, "supervise.launch") {
			t.Errorf("stack is not that of the program's functions:\n%s", stack)
		}
	})
}

// stuckConstructor is called by reflection, as fx calls what it is given.
func stuckConstructor(release chan struct{}) { <-release }

func TestConstructorThatIsNotOursIsNamedByItsStack(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		release := make(chan struct{})
		p.Configure(supervise.Limits{Start: time.Second})
		err := p.Construct(t.Context(), func() error {
			reflect.ValueOf(stuckConstructor).Call([]reflect.Value{reflect.ValueOf(release)})
			return nil
		})
		close(release)
		<-p.Stopped()
		wantText(t, err, "start limit of 1s exceeded\nfunction \"supervise_test.TestConstructorThatIsNotOursIsNamedByItsStack.func1.1\" (supervise/stack_test.go:")
	})
}

func TestStackOfAPanicIsThatOfTheProgram(t *testing.T) {
	err := supervise.Do(t.Context(), "x", func(context.Context) error { panicking(); return nil })
	stack := string(as[*supervise.PanicError](t, err).Stack)
	lines := strings.Split(strings.TrimSpace(stack), "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[0], "goroutine ") || !strings.Contains(lines[1], "panicking(") {
		t.Errorf("stack is not that of the program's two functions:\n%s", stack)
	}
}

//go:noinline
func panicking() { panic("x") }
