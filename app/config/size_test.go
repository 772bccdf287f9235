package config_test

import (
	"testing"

	"github.com/berth-go/berth/app/config"
)

func TestSizesAreReadAndWritten(t *testing.T) {
	for _, c := range []struct {
		text, again, err string
		size             config.Size
	}{
		{text: "64MiB", size: 64 << 20, again: "64MiB"},
		{text: "1.5 GB", size: 1.5e9, again: "1500000000B"},
		{text: "4096", size: 4096, again: "4KiB"},
		{text: "0", again: "0B"},
		{text: "7 b", size: 7, again: "7B"},
		{text: "1kb", size: 1000, again: "1000B"},
		{text: "9223372036854775807", size: 1<<63 - 1, again: "9223372036854775807B"},
		{text: "8388608TiB", err: "must be at most 9223372036854775807B"},
		{text: "0.3B", err: "must be a whole number of bytes"},
		{text: "-1", err: `must be a size such as "64MiB", not negative`},
		{text: "", err: `must be a size such as "64MiB", not negative`},
		{text: "1e9", err: `must be a size such as "64MiB", not negative`},
		{text: "1.2.3", err: `must be a size such as "64MiB", not negative`},
		{text: "MiB", err: `must be a size such as "64MiB", not negative`},
	} {
		var s config.Size
		err := s.UnmarshalText([]byte(c.text))
		if got := errorText(err); got != c.err {
			t.Errorf("%q: got error %q, want %q", c.text, got, c.err)
		}
		if err == nil && (s != c.size || s.String() != c.again) {
			t.Errorf("%q: got %d, written %q", c.text, int64(s), s)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
