package crontab_test

import (
	"strings"
	"testing"
	"time"

	"github.com/berth-go/berth/internal/crontab"
)

func TestSpecThatMakesNoSenseSaysWhatToWrite(t *testing.T) {
	const hour = ": write * or 0-23, a list as 1,3, a range as 1-5, a step as */2"
	for _, test := range []struct{ spec, want string }{
		{"", "spec has 0 fields, not 5: write minute, hour, day of month, month and day of week"},
		{"0 3 * *", "spec has 4 fields, not 5"},
		{"0 0 3 * * *", "spec has 6 fields, not 5"},
		{"0 24 * * *", `hour "24" makes no sense` + hour},
		{"0 -1 * * *", `hour "-1"`},
		{"0 x * * *", `hour "x"`},
		{"60 25 * * *", `minute "60" makes no sense: write * or 0-59, a list as 1,3, a range as 1-5, a step as */2; hour "25"`},
		{"0 0 32 * *", `day of month "32" makes no sense: write * or 1-31`},
		{"0 0 0 * *", `day of month "0"`},
		{"0 0 * 13 *", `month "13" makes no sense: write * or 1-12 or JAN-DEC`},
		{"0 0 * * 8", `day of week "8" makes no sense: write * or 0-7 or SUN-SAT`},
		{"0 0 * * Mo", `day of week "Mo"`},
		{"*/0 * * * *", `minute "*/0"`},
		{"*/60 * * * *", `minute "*/60"`},
		{"1,,2 * * * *", `minute "1,,2"`},
		{", * * * *", `minute ","`},
		{"*-5 * * * *", `minute "*-5"`},
		{"1-2-3 * * * *", `minute "1-2-3"`},
		{"H * * * *", `minute "H"`},
		{"0 0 L * *", `day of month "L"`},
		{"0 0 15W * *", `day of month "15W"`},
		{"0 0 * * FRI#2", `day of week "FRI#2"`},
		{"0 0 30 2 *", `day of month "30" does not exist in month "2": write a day that the month has`},
		{"0 0 31 4,6,SEP *", `day of month "31" does not exist in month "4,6,sep"`},
		{"@fortnightly", `"@fortnightly" is unknown: write @hourly, @daily`},
		{"@reboot", `"@reboot" is unknown`},
		{"@every", "@every needs a positive duration: write it as in @every 1h30m"},
		{"@every soon", "@every needs a positive duration"},
		{"@every 0s", "@every needs a positive duration"},
		{"@every -1s", "@every needs a positive duration"},
		{"CRON_TZ=Europe/Berln 0 3 * * *", `time zone "Europe/Berln" is unknown: write a name of the IANA database, as in CRON_TZ=Europe/Berlin`},
		{"TZ= 0 3 * * *", `time zone "" is unknown`},
		{"TZ=../../etc/passwd 0 3 * * *", `time zone "../../etc/passwd" is unknown`},
		{"CRON_TZ=Europe/Berlin", "spec has 0 fields"},
		{strings.Repeat("1", 2000), "spec is longer than 1024 bytes"},
	} {
		t.Run(test.spec, func(t *testing.T) {
			_, err := crontab.Parse(test.spec)
			if err == nil || !strings.HasPrefix(err.Error(), "cron ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Parse returns %v, want %s", err, test.want)
			}
		})
	}
}

func TestSpecsAreRead(t *testing.T) {
	from := time.Date(2024, 2, 28, 12, 30, 15, 7, time.UTC) // a Wednesday
	for _, test := range []struct{ spec, want string }{
		{"* * * * *", "2024-02-28 12:31"},
		{"30 12 * * *", "2024-02-29 12:30"},
		{"31 12 * * *", "2024-02-28 12:31"},
		{"0 0 29 2 *", "2024-02-29 00:00"},
		{"0 0 29 FEB SUN", "2024-02-29 00:00"}, // one of both days suffices
		{"0 0 29 2 */7", "2032-02-29 00:00"},   // unless one begins with *
		{"0 0 ? * THU", "2024-02-29 00:00"},
		{"0 0 * MARCH *", ""},
		{"0 0 * mar *", "2024-03-01 00:00"},
		{"0 0 * * 7", "2024-03-03 00:00"},
		{"0 0 * * fri-mon", "2024-03-01 00:00"},
		{"0 22-2 * * *", "2024-02-28 22:00"},
		{"5/20 * * * *", "2024-02-28 12:45"},
		{"  0   3\t* * * ", "2024-02-29 03:00"},
		{"@hourly", "2024-02-28 13:00"},
		{"@daily", "2024-02-29 00:00"},
		{"@Midnight", "2024-02-29 00:00"},
		{"@weekly", "2024-03-03 00:00"},
		{"@monthly", "2024-03-01 00:00"},
		{"@yearly", "2025-01-01 00:00"},
		{"@annually", "2025-01-01 00:00"},
		{"@every 1h30m", "2024-02-28 14:00"},
		{"CRON_TZ=Asia/Kolkata 0 3 * * *", "2024-02-28 21:30"},
		{"TZ=Asia/Kolkata @daily", "2024-02-28 18:30"},
		{"CRON_TZ=Asia/Kolkata @every 1s", "2024-02-28 12:30"},
	} {
		t.Run(test.spec, func(t *testing.T) {
			if !strings.Contains(test.spec, "TZ=") {
				test.spec = "CRON_TZ=UTC " + test.spec
			}
			spec, err := crontab.Parse(test.spec)
			if test.want == "" {
				if err == nil {
					t.Error("Parse returns no error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := spec.Next(from).UTC().Format("2006-01-02 15:04"); got != test.want {
				t.Errorf("Next is %s, want %s", got, test.want)
			}
			if spec.String() != test.spec {
				t.Errorf("String is %q", spec)
			}
		})
	}
}

func FuzzNext(f *testing.F) {
	for _, spec := range append(specs, "@every 1h", "@weekly", "0 0 29 2 */7", "0 * 29 2 *", "1-5,*/9 22-2 * JAN-MAR FRI-MON", "TZ=X 0 0 * * *") {
		f.Add(spec, "Pacific/Apia", int64(1325200000))
	}
	f.Fuzz(func(t *testing.T, text, zone string, unix int64) {
		if _, err := time.LoadLocation(zone); zone != "" && err == nil {
			text = "CRON_TZ=" + zone + " " + text
		}
		spec, err := crontab.Parse(text)
		if err != nil {
			return
		}
		at := time.Unix(unix%(1<<33), 0)
		for range 20 {
			began := time.Now()
			next := spec.Next(at)
			if !next.After(at) {
				t.Fatalf("Next of %q after %v is %v", text, at, next)
			}
			if took := time.Since(began); took > time.Second {
				t.Fatalf("Next of %q after %v took %v", text, at, took)
			}
			at = next
		}
	})
}
