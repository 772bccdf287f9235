package confbind

import (
	"encoding"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"time"
)

// textOf is a value of a node as one would write it.
func textOf(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case encoding.TextMarshaler:
		if text, err := value.MarshalText(); err == nil {
			return string(text)
		}
	}
	return fmt.Sprint(value)
}

// parse sets a leaf from its text and returns what is wrong with the text, without the text.
func parse(v reflect.Value, text string) (reason string) {
	t := v.Type()
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return unmarshal(u, text, t)
	}
	switch t {
	case typeDuration:
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return `must be a duration such as "1m30s", not negative`
		}
		v.SetInt(int64(d))
		return ""
	case typeURL:
		u, err := url.Parse(text)
		if err != nil {
			return "is no valid URL"
		}
		v.Set(reflect.ValueOf(*u))
		return ""
	}
	return number(v, text)
}

// unmarshal has a value read its text. What its error says may quote the text, unless it is a Reason.
func unmarshal(u encoding.TextUnmarshaler, text string, t reflect.Type) (reason string) {
	defer func() {
		if recover() != nil {
			reason = fmt.Sprintf("is no valid %v: its UnmarshalText panics", t)
		}
	}()
	err := u.UnmarshalText([]byte(text))
	if err == nil {
		return ""
	}
	if reason := Reason(""); errors.As(err, &reason) {
		return string(reason)
	}
	switch t {
	case typeTime:
		return `must be a time such as "2026-01-31T15:04:05Z"`
	case typeRegexp:
		return "must be a regular expression"
	case typeLevel:
		return "must be a level: debug, info, warn, error, dpanic, panic or fatal"
	}
	return fmt.Sprintf("is no valid %v", t)
}

// number sets a field of a basic type.
func number(v reflect.Value, text string) (reason string) {
	t := v.Type()
	switch t.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		on, err := strconv.ParseBool(text)
		if err != nil {
			return "must be true or false"
		}
		v.SetBool(on)
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(text, t.Bits())
		if err != nil {
			return "must be a number"
		}
		v.SetFloat(f)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(text, 10, t.Bits())
		if err != nil {
			return fmt.Sprintf("must be a whole number from 0 to %d", uint64(1)<<(t.Bits()-1)<<1-1)
		}
		v.SetUint(n)
	default:
		n, err := strconv.ParseInt(text, 10, t.Bits())
		if err != nil {
			if t.Bits() == 64 {
				return "must be a whole number"
			}
			most := int64(1)<<(t.Bits()-1) - 1
			return fmt.Sprintf("must be a whole number from %d to %d", -most-1, most)
		}
		v.SetInt(n)
	}
	return ""
}
