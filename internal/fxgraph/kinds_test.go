package fxgraph_test

import (
	"context"
	"reflect"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// The types of random programs: what constructors make, interfaces of that, and functions to bind. A type argument
// only tells one from another.
type (
	thing[N any]  struct{ value }
	face[N any]   interface{ origin() value }
	act[N any]    func(context.Context) error
	handle[T any] func(context.Context, T) error
)

// A value is what was constructed, by one result of one call.
type value struct {
	from *call
	out  int
}

func (v value) origin() value { return v }
func (v *value) set(to value) { *v = to }
func (v value) Close() error  { return v.from.end() }

// The structs by which a key is asked for and provided: each with one field.
type (
	inNamed[T any] struct {
		fx.In
		V T `name:"a"`
	}
	inOptional[T any] struct {
		fx.In
		V T `optional:"true"`
	}
	inOptionalNamed[T any] struct {
		fx.In
		V T `name:"a" optional:"true"`
	}
	inGroup[T any] struct {
		fx.In
		V []T `group:"g"`
	}
	outNamed[T any] struct {
		fx.Out
		V T `name:"a"`
	}
	outGroup[T any] struct {
		fx.Out
		V T `group:"g"`
	}
	outWhole[T any] struct {
		fx.Out
		V []T `group:"g"`
	}
)

// A kind is a type with the options that need it as a type argument.
type kind struct {
	typ, lazy, lazyNamed                  reflect.Type
	named, optional, optionalNamed, group reflect.Type
	namedResult, groupResult, wholeResult reflect.Type
	made                                  bool // a thing: a pointer that a constructor returns
	given                                 []int
	pointer                               any
	as                                    di.Option
	replace                               func(v reflect.Value, opts ...di.Option) fx.Option
	bind                                  func(unit any, opts ...di.Option) fx.Option
	value                                 func(v reflect.Value) scopes.Value
	get                                   func(s *scopes.Scope, opts ...di.Option) (reflect.Value, error)
}

func kindOf[T any]() kind {
	return kind{
		typ: reflect.TypeFor[T](), lazy: reflect.TypeFor[di.Lazy[T]](), lazyNamed: reflect.TypeFor[inNamed[di.Lazy[T]]](),
		named: reflect.TypeFor[inNamed[T]](), optional: reflect.TypeFor[inOptional[T]](),
		optionalNamed: reflect.TypeFor[inOptionalNamed[T]](), group: reflect.TypeFor[inGroup[T]](),
		namedResult: reflect.TypeFor[outNamed[T]](), groupResult: reflect.TypeFor[outGroup[T]](), wholeResult: reflect.TypeFor[outWhole[T]](),
		made: reflect.TypeFor[T]().Kind() == reflect.Pointer, pointer: new(T), as: di.As[T](),
		replace: func(v reflect.Value, opts ...di.Option) fx.Option { return di.Replace(v.Interface().(T), opts...) },
		bind:    func(unit any, opts ...di.Option) fx.Option { return scopes.Bind[T](unit, opts...) },
		value:   func(v reflect.Value) scopes.Value { return scopes.Given(v.Interface().(T)) },
		get: func(s *scopes.Scope, opts ...di.Option) (reflect.Value, error) {
			v, err := scopes.Get[T](s, opts...)
			return reflect.ValueOf(&v).Elem(), err
		},
	}
}

func (k kind) gives(types ...int) kind { k.given = types; return k }

// The first kinds of each sort.
const (
	firstGiven = 16
	firstFace  = 18
	firstFunc  = 21
)

var kinds = []kind{
	kindOf[*thing[[0]int]](), kindOf[*thing[[1]int]](), kindOf[*thing[[2]int]](), kindOf[*thing[[3]int]](),
	kindOf[*thing[[4]int]](), kindOf[*thing[[5]int]](), kindOf[*thing[[6]int]](), kindOf[*thing[[7]int]](),
	kindOf[*thing[[8]int]](), kindOf[*thing[[9]int]](), kindOf[*thing[[10]int]](), kindOf[*thing[[11]int]](),
	kindOf[*thing[[12]int]](), kindOf[*thing[[13]int]](), kindOf[*thing[[14]int]](), kindOf[*thing[[15]int]](),
	kindOf[*thing[[16]int]](), kindOf[*thing[[17]int]](),
	kindOf[face[[0]int]](), kindOf[face[[1]int]](), kindOf[face[[2]int]](),
	kindOf[act[[0]int]](), kindOf[handle[*thing[[16]int]]]().gives(16), kindOf[handle[*thing[[17]int]]]().gives(17),
}

// param is the type of the parameter by which a need is asked for.
func (n need) param() reflect.Type {
	k := kinds[n.typ]
	switch {
	case n.group != "":
		return k.group
	case n.lazy && n.name != "":
		return k.lazyNamed
	case n.lazy:
		return k.lazy
	case n.optional && n.name != "":
		return k.optionalNamed
	case n.optional:
		return k.optional
	case n.name != "":
		return k.named
	}
	return k.typ
}

// result is the type of the result by which a key is provided, where no option says name and group.
func (k key) result() reflect.Type {
	switch {
	case k.group != "":
		return kinds[k.typ].groupResult
	case k.name != "":
		return kinds[k.typ].namedResult
	}
	return kinds[k.typ].typ
}

// field is the value in a parameter, which may be in a struct.
func field(v reflect.Value) reflect.Value {
	if t := v.Type(); t.Kind() == reflect.Struct && t.Field(0).Anonymous {
		return v.Field(1)
	}
	return v
}

// within puts a value into a result, which may be a struct.
func within(t reflect.Type, v reflect.Value) reflect.Value {
	r := reflect.New(t).Elem()
	field(r).Set(v)
	return r
}
