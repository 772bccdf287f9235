package hosting

import (
	"fmt"

	"github.com/berth-go/berth/internal/place"
)

// names are those of the triggers of an application: of what stands for them before they are installed, then of themselves.
type names[T named] struct {
	of   map[string]T
	last map[string]int // by default name: the last number that was given to it
}

// A named thing has a name of its own, or a default one that others may have too.
type named interface {
	rename(name string)
	hasOwnName() bool
	declared() place.Place
}

func newNames[T named]() names[T] { return names[T]{of: map[string]T{}, last: map[string]int{}} }

// enter names t as it is called, or with the first number that is free. A name given to one takes it from another that has it by
// default. It returns those that had to take a number: none or one.
func (ns *names[T]) enter(t T, name string) (numbered []T, err error) {
	holder, taken := ns.of[name]
	switch {
	case !taken:
		ns.name(t, name)
		return nil, nil
	case !t.hasOwnName():
		numbered = []T{t}
	case holder.hasOwnName():
		return nil, fmt.Errorf("name %q of the trigger at %v is that of the one at %v too", name, t.declared(), holder.declared())
	default:
		ns.name(t, name)
		numbered = []T{holder}
	}
	for n := max(1, ns.last[name]) + 1; ; n++ {
		ns.last[name] = n
		free := fmt.Sprintf("%s#%d", name, n)
		if _, taken := ns.of[free]; !taken {
			ns.name(numbered[0], free)
			return numbered, nil
		}
	}
}

func (ns *names[T]) name(t T, name string) {
	ns.of[name] = t
	t.rename(name)
}
