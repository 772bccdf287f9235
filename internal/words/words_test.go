//go:build gc && amd64 && !go1.27 && !purego

package words_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"

	"github.com/berth-go/berth/internal/words"
)

type (
	thing struct{ n int }
	named func(*thing) error
	table map[string]int
)

func (t *thing) Error() string { return "thing" }

// samples are values of every type that is made of words, each in two states.
var samples = []func(full bool) reflect.Value{
	sample(&thing{1}), sample(table{"a": 1}), sample(make(chan int)), sample(named(func(*thing) error { return nil })),
	sample[error](&thing{2}), sample[any](7), sample[context.Context](context.Background()), sample(func() {}),
}

func sample[T any](v T) func(bool) reflect.Value {
	return func(full bool) reflect.Value {
		cell := reflect.New(reflect.TypeFor[T]()).Elem()
		if full {
			cell.Set(reflect.ValueOf(&v).Elem())
		}
		return cell
	}
}

// same compares values of one type, functions by their address.
func same(a, b reflect.Value) bool {
	if a.Type() != b.Type() {
		return false
	}
	switch a.Kind() {
	case reflect.Func, reflect.Map, reflect.Chan, reflect.Pointer:
		return a.Pointer() == b.Pointer()
	}
	return a.Interface() == b.Interface()
}

func TestCallIsThatOfReflection(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(n int) (values []reflect.Value, types []reflect.Type) {
		for range n {
			v := samples[random.IntN(len(samples))](random.IntN(4) > 0)
			values, types = append(values, v), append(types, v.Type())
		}
		return values, types
	}
	called := 0
	for range 3000 {
		args, in := pick(random.IntN(9))
		results, out := pick(random.IntN(6))
		var got []reflect.Value
		fn := reflect.MakeFunc(reflect.FuncOf(in, out, false), func(args []reflect.Value) []reflect.Value {
			got = args
			runtime.Gosched()
			return results
		})
		f := words.Of(fn)
		if f == nil {
			continue // too many words
		}
		called++
		back := f.Call(args, nil)
		for i := range args {
			if !same(args[i], got[i]) {
				t.Fatalf("parameter %d of %v was %v, want %v", i, fn.Type(), got[i], args[i])
			}
		}
		if len(back) != len(results) {
			t.Fatalf("%v returned %d results, want %d", fn.Type(), len(back), len(results))
		}
		for i := range results {
			if !same(results[i], back[i]) {
				t.Fatalf("result %d of %v was %v, want %v", i, fn.Type(), back[i], results[i])
			}
		}
	}
	if called < 1000 {
		t.Errorf("%d of 3000 functions were called, want most", called)
	}
}

func TestEveryNumberOfWordsIsCalled(t *testing.T) {
	pointer := reflect.TypeFor[*thing]()
	for takes := range 9 {
		for gives := range 6 {
			in, out := make([]reflect.Type, takes), make([]reflect.Type, gives)
			args, results := make([]reflect.Value, takes), make([]reflect.Value, gives)
			for i := range in {
				in[i], args[i] = pointer, reflect.ValueOf(&thing{i})
			}
			for i := range out {
				out[i], results[i] = pointer, reflect.ValueOf(&thing{i})
			}
			var got []reflect.Value
			f := words.Of(reflect.MakeFunc(reflect.FuncOf(in, out, false), func(args []reflect.Value) []reflect.Value {
				got = args
				return results
			}))
			back := f.Call(args, nil)
			for i := range args {
				if got[i].Pointer() != args[i].Pointer() {
					t.Errorf("parameter %d of %d was another one", i, takes)
				}
			}
			for i := range results {
				if back[i].Pointer() != results[i].Pointer() {
					t.Errorf("result %d of %d was another one", i, gives)
				}
			}
		}
	}
}

func TestWhatIsNotMadeOfWordsIsRefused(t *testing.T) {
	for _, fn := range []any{
		func(int) {}, func(string) {}, func(thing) {}, func([]int) {}, func() bool { return true }, func(...*thing) {},
		func(a, b, c, d, e error) {}, func() (a, b, c error) { return nil, nil, nil },
	} {
		if words.Of(reflect.ValueOf(fn)) != nil {
			t.Errorf("Of accepted a %T", fn)
		}
	}
}

func TestArgumentOfAnotherTypeIsConverted(t *testing.T) {
	f := words.Of(reflect.ValueOf(func(err error, v any) error { return errors.Join(err, v.(error)) }))
	one, two := &thing{1}, &thing{2}
	for name, args := range map[string][]reflect.Value{
		"pointers":        {reflect.ValueOf(one), reflect.ValueOf(two)},
		"not addressable": {reflect.ValueOf([]error{one}).Index(0).Convert(reflect.TypeFor[error]()), reflect.ValueOf(two).Convert(reflect.TypeFor[any]())},
	} {
		err, _ := f.Call(args, nil)[0].Interface().(error)
		if !errors.Is(err, one) || !errors.Is(err, two) {
			t.Errorf("%s: got %v, want both", name, err)
		}
	}
}

func TestMethodsAndClosuresAreFunctions(t *testing.T) {
	it := &thing{5}
	for name, fn := range map[string]any{
		"method expression": (*thing).self,
		"method value":      it.self,
		"closure":           func() error { return it },
	} {
		f := words.Of(reflect.ValueOf(fn))
		args := []reflect.Value{reflect.ValueOf(it)}[:reflect.TypeOf(fn).NumIn()]
		if got := f.Call(args, nil)[0].Interface(); got != it {
			t.Errorf("%s returned %v, want %v", name, got, it)
		}
	}
}

func (t *thing) self() error { return t }

// deep makes the stack grow and be copied while words are on it.
func deep(n int, t *thing) *thing {
	var room [1024]byte
	if n == 0 {
		runtime.GC()
		return t
	}
	room[n%len(room)] = 1
	return deep(n-int(room[n%len(room)]), t)
}

func TestArgumentsSurviveGrowingStackAndCollection(t *testing.T) {
	f := words.Of(reflect.ValueOf(func(a *thing, err error) (*thing, error) { return deep(2000, a), err }))
	done := make(chan []reflect.Value)
	go func() { // on a small stack
		cell := reflect.New(reflect.TypeFor[error]()).Elem()
		cell.Set(reflect.ValueOf(&thing{8}))
		done <- f.Call([]reflect.Value{reflect.ValueOf(&thing{7}), cell}, nil)
	}()
	out := <-done
	if a, err := out[0].Interface().(*thing), out[1].Interface().(*thing); a.n != 7 || err.n != 8 {
		t.Errorf("got %v and %v, want 7 and 8", a.n, err.n)
	}
}

func TestPanicPassesThrough(t *testing.T) {
	defer func() {
		if v := recover(); v != "boom" {
			t.Errorf("recovered %v, want boom", v)
		}
	}()
	words.Of(reflect.ValueOf(func(*thing) { panic("boom") })).Call([]reflect.Value{reflect.ValueOf(&thing{})}, nil)
}

func TestCallAllocatesNothing(t *testing.T) {
	f := words.Of(reflect.ValueOf(func(a *thing, _ func()) (*thing, func() error, error) { return a, nil, nil }))
	args := []reflect.Value{reflect.ValueOf(&thing{}), reflect.ValueOf(func() {})}
	out := make([]reflect.Value, 0, 3)
	if n := testing.AllocsPerRun(100, func() { f.Call(args, out) }); n > 0 {
		t.Errorf("a call allocates %v times, want 0", n)
	}
}
