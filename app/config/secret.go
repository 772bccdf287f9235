package config

import (
	"fmt"
	"io"
)

// A Secret is a text that is masked wherever it is printed, logged or encoded, also inside other values. Only
// Reveal gives it out. The zero Secret is empty.
type Secret struct {
	// A pointer, since fmt calls no methods of what stands in unexported fields: there it prints an address.
	text *string
}

const mask = "[secret]"

// NewSecret makes a secret of a text, for tests and for settings that are not read from a source.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String returns a mask.
func (Secret) String() string { return mask }

// GoString returns a mask, for %#v.
func (Secret) GoString() string { return mask }

// Format writes a mask, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// MarshalText returns a mask.
func (Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

// MarshalJSON returns a mask.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + mask + `"`), nil }

// UnmarshalText sets the secret; it is how [Bind] reads one.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}
