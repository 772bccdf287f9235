package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/app/config"
)

func TestASecretIsMaskedWhereverItIsPrinted(t *testing.T) {
	const text = "hunter2"
	type outer struct {
		Open   config.Secret
		hidden config.Secret
		Ptr    *config.Secret
		Map    map[string]config.Secret
	}
	s := config.NewSecret(text)
	values := []any{s, &s, outer{s, s, &s, map[string]config.Secret{"k": s}}, []config.Secret{s}, fmt.Errorf("login: %v", s), errors.Join(fmt.Errorf("%+v", outer{hidden: s}))}

	var out strings.Builder
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&out), zap.DebugLevel)
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
			fmt.Fprintf(&out, verb, v)
		}
		if err := json.NewEncoder(&out).Encode(v); err != nil {
			t.Fatal(err)
		}
		zap.New(core).Info("x", zap.Any("v", v), zap.Reflect("r", v))
	}
	if strings.Contains(out.String(), text) || strings.Contains(out.String(), fmt.Sprintf("%x", text)) {
		t.Errorf("the secret is printed:\n%s", out.String())
	}
	if s.Reveal() != text {
		t.Errorf("revealed %q", s.Reveal())
	}
	if zero := (config.Secret{}); zero.Reveal() != "" || zero.String() != s.String() {
		t.Error("the zero secret differs")
	}
}
