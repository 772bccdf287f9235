package config

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// A source text is what a file says, with its name.
type sourceText struct {
	file string
	text []byte
	ends []int // offsets of the line ends
}

func newSourceText(file string, text []byte) *sourceText {
	t := &sourceText{file: file, text: text}
	for i, b := range text {
		if b == '\n' {
			t.ends = append(t.ends, i)
		}
	}
	return t
}

// at is the place of an offset: "berth.json:2:7". Columns are those of an editor, in characters.
func (t *sourceText) at(offset int) string {
	offset = min(max(offset, 0), len(t.text))
	line := sort.SearchInts(t.ends, offset)
	begin := 0
	if line > 0 {
		begin = t.ends[line-1] + 1
	}
	return fmt.Sprintf("%s:%d:%d", t.file, line+1, utf8.RuneCount(t.text[begin:offset])+1)
}

// errorAt is what is wrong at an offset.
func (t *sourceText) errorAt(offset int, format string, args ...any) error {
	return fmt.Errorf("%s: %s", t.at(offset), fmt.Sprintf(format, args...))
}

// mostDepth is how many levels deep values may lie in a file.
const mostDepth = 100

func joined(path []string) string { return strings.Join(path, "\x00") }

func below(path []string, key string) []string { return append(slices.Clip(path), key) }
