package plan

import (
	"reflect"

	"github.com/berth-go/berth/internal/supervise"
)

// build calls a constructor and the decorators of its results.
func (s *session) build(b *building, n *Node, results []*Result) (values map[*Result]reflect.Value, err error) {
	out, err := s.call(b, n, reflect.Value{})
	if err != nil {
		return nil, err
	}
	values = make(map[*Result]reflect.Value, len(results))
	for _, r := range results {
		v := out[r.Out]
		for _, f := range r.Path {
			v = v.Field(f)
		}
		if v.Kind() == reflect.Interface && v.IsNil() {
			return nil, &ConstructError{Func: n.name(), Place: n.where(), Err: errNilInterface}
		}
		if n.Prov != nil && n.Prov.Close && len(values) == 0 {
			if release := closerOf(v.Type())(v); release != nil {
				if err := s.keep(n, release); err != nil {
					return nil, err
				}
			}
		}
		if r.Key.Type != r.From && !r.Flatten {
			v = v.Convert(r.Key.Type)
		}
		for _, d := range r.Decorators {
			dec := &building{node: d, parent: b}
			wrapped, err := s.call(dec, d, v)
			dec.ended.Store(true)
			if err != nil {
				return nil, err
			}
			v = wrapped[d.Fn.Results[0].Out]
			if v.Kind() == reflect.Interface && v.IsNil() {
				return nil, &ConstructError{Func: d.name(), Place: d.where(), Err: errNilInterface}
			}
		}
		values[r] = v
	}
	return values, nil
}

// call calls the function of a provider or decorator and keeps its cleanup.
func (s *session) call(b *building, n *Node, inner reflect.Value) (out []reflect.Value, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = supervise.Recovered(value, n.name(), n.where())
		}
	}()
	deps := s.g.depsOf(n)
	args := make([]reflect.Value, len(deps))
	for i, d := range deps {
		if d.kind == fromInner {
			args[i] = inner
			continue
		}
		if args[i], err = s.arg(b, n, d); err != nil {
			return nil, err
		}
	}
	out = n.Fn.Value.Call(args)
	if n.Fn.Err >= 0 {
		if err := errorOf(out[n.Fn.Err]); err != nil {
			return nil, &ConstructError{Func: n.name(), Place: n.where(), Err: err}
		}
	}
	if n.Fn.Cleanup >= 0 && !out[n.Fn.Cleanup].IsNil() {
		err = s.keep(n, out[n.Fn.Cleanup].Interface())
	}
	return out, err
}

// arg returns the value of a parameter of a constructor.
func (s *session) arg(b *building, n *Node, d *dep) (reflect.Value, error) {
	switch d.kind {
	case fromContext:
		return reflect.ValueOf(&s.ctx).Elem(), nil
	case fromStruct:
		values := make([]reflect.Value, len(d.fields))
		for i, f := range d.fields {
			v, err := s.arg(b, n, f)
			if err != nil {
				return v, err
			}
			values[i] = v
		}
		return fillStruct(d.typ, d.indexes, values), nil
	case fromMembers:
		values := make([]reflect.Value, len(d.members))
		flat := make([]bool, len(d.members))
		for i, r := range d.members {
			v, err := s.value(s.ctx, b, n.Mod, n.consumer(), r)
			if err != nil {
				return v, err
			}
			values[i], flat[i] = v, r.Flatten
		}
		return gatherSlice(d.typ, values, flat), nil
	case fromResult:
		return s.value(s.ctx, b, n.Mod, n.consumer(), d.res)
	case fromDig:
		return s.g.table[s.g.canonicalLeaf(d.leaf(n.Mod))], nil
	case fromFactory:
		return reflect.ValueOf(s.g.factory(n)), nil
	case fromScope:
		// The handle that a constructor is given knows what is under construction, so that a circle is found.
		return reflect.ValueOf(&Scope{session: s, frame: b}), nil
	case fromLazy:
		return newLazy(d.typ, &lazyRef{scope: s, frame: b, node: n, dep: d}), nil
	case fromGiven:
		if v, ok := s.givenValue(d.key); ok {
			return v, nil
		}
		if !d.optional {
			return reflect.Value{}, s.missing(d.key, b)
		}
	}
	return reflect.Zero(d.typ), nil
}
