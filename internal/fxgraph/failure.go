package fxgraph

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"go.uber.org/dig"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/plan"
	"github.com/berth-go/berth/internal/supervise"
)

// failing finds, in dig's text, the constructor of plain fx that returned an error.
var failing = regexp.MustCompile(`from function "([^"]*)"\.(\S+) \(([^()]*):(\d+)\)`)

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
	}
	if root == err {
		return err
	}
	found := failing.FindAllStringSubmatch(err.Error(), -1)
	if len(found) == 0 || found[len(found)-1][1] == "reflect" {
		return root
	}
	last := found[len(found)-1]
	line, _ := strconv.Atoi(last[4])
	return &plan.ConstructError{
		Func:  short(last[1]) + "." + last[2],
		Place: place.Place{File: last[3], Line: line},
		Err:   root,
	}
}

func short(pkg string) string {
	for i := len(pkg) - 1; i >= 0; i-- {
		if pkg[i] == '/' {
			return pkg[i+1:]
		}
	}
	return pkg
}
