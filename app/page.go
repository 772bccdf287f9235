package app

import (
	"errors"
	"fmt"
	"io"

	"github.com/berth-go/berth/internal/fxgraph"
	"github.com/berth-go/berth/internal/settings"
	"github.com/berth-go/berth/internal/supervise"
)

// errPage is what Run and New come to where the arguments ask for a page.
var errPage = errors.New("flags --help and --print-config are answered by app.Main only")

// A page is what Main prints instead of running the application.
type page struct {
	kind   settings.Page
	engine *supervise.Engine
	graph  *fxgraph.Graph
	wrong  error // with the application
}

// pageOf is the page that config.Flags asks for, or nil.
func pageOf(graph *fxgraph.Graph, engine *supervise.Engine, wrong error) *page {
	kind := settings.Asked(graph.Settings)
	if kind == "" {
		return nil
	}
	return &page{kind, engine, graph, wrong}
}

// print prints the page and returns what is wrong all the same. Help is to be had from a program that is set wrong.
func (p *page) print(w io.Writer) error {
	if err := settings.Of(p.engine, p.graph.Settings).Write(w, p.kind); err != nil {
		return fmt.Errorf("page of %s cannot be printed: %w", p.kind, err)
	}
	if p.kind == settings.Help {
		return nil
	}
	return p.wrong
}
