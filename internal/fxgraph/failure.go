package fxgraph

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"go.uber.org/dig"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/plan"
	"github.com/berth-go/berth/internal/supervise"
)

// errFalseCycle stands for a text of dig that is about helpers of ours: dig takes the providers of all modules
// above one for each other's, although a private one hides a public one.
var errFalseCycle = errors.New("fx sees a cycle where a private provider is made of something that needs " +
	"the public provider of the same type: give one of the two a name")

// What dig writes before the error of a constructor, and of a decorator.
var (
	constructor = regexp.MustCompile(`from function "([^"]*)"\.(\S+) \(([^()]*):(\d+)\): $`)
	decorated   = regexp.MustCompile(`failed to build ([^ :\[]+)[^ ]*: $`)
)

// Failure turns the error of a failed fx.New into one that names the constructor and its place. What
// dig wrote of the way there is about helpers of ours and is left out.
func (g *Graph) Failure(err error) error {
	if err == nil {
		return nil
	}
	var ours *plan.ConstructError
	if errors.As(err, &ours) {
		return ours
	}
	var panicked *supervise.PanicError
	if errors.As(err, &panicked) {
		return panicked
	}
	var stray *decl.StrayError
	if errors.As(err, &stray) && g.plan.Opaque {
		return &decl.StrayError{Here: stray.Here, Unread: true}
	}
	root := dig.RootCause(err)
	if cycle := dig.IsCycleDetected(err); cycle || strings.HasPrefix(root.Error(), "missing type") {
		if explained := g.plan.Explain(cycle); explained != nil {
			return explained
		}
		if cycle {
			return errFalseCycle
		}
	}
	if doubled := g.plan.Doubled(); doubled != nil && strings.HasPrefix(root.Error(), "already provided by") {
		return doubled
	}
	if fn := g.failed(err, root); fn != nil {
		return &plan.ConstructError{Func: fn.Name, Place: fn.Place, Err: root}
	}
	return root
}

// failed finds the function of plain fx that returned root, or nil. Of a constructor dig says the name, of
// a decorator only what it decorates, and of what fx invokes nothing.
func (g *Graph) failed(err, root error) *funcs.Func {
	if root == err { //nolint:errorlint // whether dig has wrapped it is the question
		return g.invoked
	}
	way := strings.TrimSuffix(err.Error(), root.Error())
	if m := constructor.FindStringSubmatch(way); m != nil {
		if m[1] == "reflect" {
			return nil
		}
		line, _ := strconv.Atoi(m[4])
		return &funcs.Func{
			Name:  m[1][strings.LastIndexByte(m[1], '/')+1:] + "." + m[2],
			Place: place.Place{File: m[3], Line: line},
		}
	}
	if m := decorated.FindStringSubmatch(way); m != nil {
		return g.plan.FailingDecorator(m[1])
	}
	return nil
}
