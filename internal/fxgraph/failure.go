package fxgraph

import (
	"errors"
	"fmt"
	"regexp"

	"go.uber.org/dig"

	"github.com/berth-go/berth/internal/plan"
	"github.com/berth-go/berth/internal/supervise"
)

// failing finds, in dig's text, the constructor of plain fx that returned an error.
var failing = regexp.MustCompile(`from function "([^"]*)"\.(\S+) \(([^()]*)\)`)

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
	root := dig.RootCause(err)
	if root == nil || root == err {
		return err
	}
	if m := failing.FindAllStringSubmatch(err.Error(), -1); len(m) > 0 {
		last := m[len(m)-1]
		if last[1] != "reflect" {
			return fmt.Errorf("%s (%s): %w", short(last[1])+"."+last[2], last[3], root)
		}
	}
	return root
}

func short(pkg string) string {
	for i := len(pkg) - 1; i >= 0; i-- {
		if pkg[i] == '/' {
			return pkg[i+1:]
		}
	}
	return pkg
}
