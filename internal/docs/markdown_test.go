package docs_test

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A block is a fenced block of Go code; line is that of its fence.
type block struct {
	line  int
	lines []string
}

func goBlocks(text string) []block {
	var blocks []block
	var fence string
	var inGo bool
	for i, line := range strings.Split(text, "\n") {
		switch trimmed := strings.TrimSpace(line); {
		case fence == "" && strings.HasPrefix(trimmed, "```"):
			fence = trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`"))]
			inGo = strings.TrimPrefix(trimmed, fence) == "go"
			if inGo {
				blocks = append(blocks, block{line: i + 1})
			}
		case fence != "" && trimmed == fence:
			fence = ""
		case fence != "" && inGo && trimmed != "":
			last := &blocks[len(blocks)-1]
			last.lines = append(last.lines, collapse(line))
		}
	}
	return blocks
}

// significant are the lines of text that are not empty, without their indentation.
func significant(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = collapse(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// collapse makes every run of space in a line a single one: gofmt aligns comments.
func collapse(line string) string { return strings.Join(strings.Fields(line), " ") }

// leftOut stands for any lines.
const leftOut = "// ..."

// quoted reports whether one of the files has the lines.
func quoted(lines []string, files [][]string) bool {
	return slices.ContainsFunc(files, func(file []string) bool { return has(file, lines) })
}

func has(file, lines []string) bool {
	run := lines
	var rest []string
	if i := slices.Index(lines, leftOut); i >= 0 {
		run, rest = lines[:i], lines[i+1:]
	}
	for at := 0; at+len(run) <= len(file); at++ {
		if slices.Equal(file[at:at+len(run)], run) && (len(rest) == 0 || has(file[at+len(run):], rest)) {
			return true
		}
	}
	return false
}

// A link is a relative one.
type link struct {
	line   int
	target string
}

var (
	linkPattern = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codePattern = regexp.MustCompile("`[^`]*`")
)

func links(text string) []link {
	var found []link
	eachLineOfProse(text, func(number int, line string) {
		line = codePattern.ReplaceAllString(line, "")
		for _, match := range linkPattern.FindAllStringSubmatch(line, -1) {
			if target := match[1]; !strings.Contains(target, "://") && !strings.HasPrefix(target, "mailto:") {
				found = append(found, link{number, target})
			}
		}
	})
	return found
}

// headings are the anchors of a page's headings.
func headings(text string) map[string]bool {
	anchors := map[string]bool{}
	eachLineOfProse(text, func(_ int, line string) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			anchors[anchor(title)] = true
		}
	})
	return anchors
}

// anchor is what GitHub makes of a heading.
func anchor(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(title))
}

// eachLineOfProse calls fn with each line outside fenced blocks, numbered from 1.
func eachLineOfProse(text string, fn func(number int, line string)) {
	fenced := false
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
			continue
		}
		if !fenced {
			fn(i+1, line)
		}
	}
}
