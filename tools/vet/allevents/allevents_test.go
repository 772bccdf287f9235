package allevents_test

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/berth-go/berth/tools/vet/allevents"
)

func TestMarkedSwitchesHandleEveryEvent(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), allevents.Analyzer, "a")
}
