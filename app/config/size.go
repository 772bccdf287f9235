package config

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/berth-go/berth/internal/confbind"
)

// A Size is a number of bytes, written "64MiB", "1.5GB" or "4096": units are B, KiB, MiB, GiB and TiB, of 1024, and kB, MB,
// GB and TB, of 1000, in any case. It is not negative.
type Size int64

// units are those of a Size, the largest first; those of 1024 are what String uses.
var units = [...]struct {
	name  string
	bytes int64
}{
	{"TiB", 1 << 40},
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"TB", 1e12},
	{"GB", 1e9},
	{"MB", 1e6},
	{"kB", 1e3},
	{"B", 1},
}

// String writes the size in the largest unit of 1024 of which it is a whole number.
func (s Size) String() string {
	for _, u := range units[:4] {
		if s != 0 && int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// MarshalText writes what String does.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a size; it is how [Bind] reads one.
func (s *Size) UnmarshalText(text []byte) error {
	const wanted = confbind.Reason(`must be a size such as "64MiB", not negative`)
	number, unit := strings.TrimSpace(string(text)), int64(1)
	for _, u := range units {
		if n := len(number) - len(u.name); n >= 0 && strings.EqualFold(number[n:], u.name) {
			number, unit = strings.TrimSpace(number[:n]), u.bytes
			break
		}
	}
	if number == "" || len(number) > 20 || strings.Trim(number, "0123456789.") != "" {
		return wanted
	}
	r, ok := new(big.Rat).SetString(number)
	if !ok {
		return wanted
	}
	r.Mul(r, new(big.Rat).SetInt64(unit))
	if !r.IsInt() {
		return confbind.Reason("must be a whole number of bytes")
	}
	if !r.Num().IsInt64() {
		return confbind.Reason("must be at most " + Size(math.MaxInt64).String())
	}
	*s = Size(r.Num().Int64())
	return nil
}
