//go:build before_fx122

package fxgraph_test

// legalSince122 is empty: this fx has neither fx.Self nor values that are supplied privately.
var legalSince122 []legal
