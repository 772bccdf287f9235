package crontab

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the programs that we build run in images without a zone database

	"github.com/netresearch/go-cron"
)

// A Spec is a schedule. It is not written to once it has been read.
type Spec struct {
	text  string
	every time.Duration  // of @every; then the rest is empty
	zone  *time.Location // nil: time.Local, as it is when the schedule is asked

	minute, hour, day, month, weekday uint64 // a bit for each value that is named
	eitherDay                         bool   // day and weekday are both restricted: one of them suffices
	realTime                          bool   // the hour is * or */n
}

func (s *Spec) String() string { return s.text }

// fields are those of a spec, with what may stand in them.
var fields = []struct{ name, values string }{
	{"minute", "0-59"},
	{"hour", "0-23"},
	{"day of month", "1-31"},
	{"month", "1-12 or JAN-DEC"},
	{"day of week", "0-7 or SUN-SAT"},
}

var descriptors = map[string]string{
	"@yearly":   "0 0 1 1 *",
	"@annually": "0 0 1 1 *",
	"@monthly":  "0 0 1 * *",
	"@weekly":   "0 0 * * 0",
	"@daily":    "0 0 * * *",
	"@midnight": "0 0 * * *",
	"@hourly":   "0 * * * *",
}

// Parse reads a spec. Its error names all fields that are wrong and says what to write.
func Parse(text string) (*Spec, error) {
	s, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("cron %q: %w", text, err)
	}
	return s, nil
}

func parse(text string) (*Spec, error) {
	if len(text) > cron.MaxSpecLength {
		return nil, fmt.Errorf("spec is longer than %d bytes", cron.MaxSpecLength)
	}
	words := strings.Fields(text)
	s := &Spec{text: text}
	if len(words) > 0 {
		if key, name, ok := strings.Cut(words[0], "="); ok && (key == "CRON_TZ" || key == "TZ") {
			zone, err := time.LoadLocation(name)
			if err != nil || name == "" {
				return nil, fmt.Errorf("time zone %q is unknown: write a name of the IANA database, as in CRON_TZ=Europe/Berlin", name)
			}
			s.zone, words = zone, words[1:]
		}
	}
	switch {
	case len(words) > 0 && strings.EqualFold(words[0], "@every"):
		return s, s.readEvery(words[1:])
	case len(words) == 1 && strings.HasPrefix(words[0], "@"):
		spec, ok := descriptors[strings.ToLower(words[0])]
		if !ok {
			return nil, fmt.Errorf("%q is unknown: write @hourly, @daily, @weekly, @monthly, @yearly, or @every with a duration", words[0])
		}
		words = strings.Fields(spec)
	case len(words) != len(fields):
		return nil, fmt.Errorf("spec has %d fields, not 5: write minute, hour, day of month, month and day of week, as in \"30 3 * * *\"", len(words))
	}
	return s, s.readFields(words)
}

func (s *Spec) readEvery(words []string) error {
	var err error
	if len(words) == 1 {
		s.every, err = time.ParseDuration(words[0])
	}
	if err != nil || s.every <= 0 {
		return errors.New("@every needs a positive duration: write it as in @every 1h30m")
	}
	return nil
}

func (s *Spec) readFields(words []string) error {
	var problems []string
	for i, word := range words {
		// The parser takes upper case letters of names for extensions that we do not have.
		words[i] = strings.ToLower(word)
		if !fits(i, words[i]) {
			problems = append(problems, fmt.Sprintf("%s %q makes no sense: write * or %s, a list as 1,3, a range as 1-5, a step as */2",
				fields[i].name, word, fields[i].values))
		}
	}
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "; "))
	}
	read, err := parser().Parse(strings.Join(words, " "))
	if err != nil {
		return err
	}
	bits := read.(*cron.SpecSchedule)
	s.minute, s.hour, s.day, s.month, s.weekday = bits.Minute, bits.Hour, bits.Dom, bits.Month, bits.Dow
	s.eitherDay = !wild(words[2]) && !wild(words[4])
	s.realTime = wild(words[1])
	if _, ok := s.wall(time.Unix(0, 0).UTC()); !ok {
		return fmt.Errorf("day of month %q does not exist in month %q: write a day that the month has", words[2], words[3])
	}
	return nil
}

func parser() cron.Parser {
	return cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
}

// fits reports whether the word makes sense as that field. The parser names neither the field nor all that is wrong,
// and lets empty elements of lists pass, and what follows "*-".
func fits(field int, word string) bool {
	for _, element := range strings.Split(word, ",") {
		if element == "" || strings.HasPrefix(element, "*-") || strings.HasPrefix(element, "?-") {
			return false
		}
	}
	all := slices.Repeat([]string{"*"}, len(fields))
	all[field] = word
	_, err := parser().Parse(strings.Join(all, " "))
	return err == nil
}

// wild reports whether a field begins with a wildcard: * or */n. crontab(5) asks the same to decide how days combine.
func wild(word string) bool { return word[0] == '*' || word[0] == '?' }
