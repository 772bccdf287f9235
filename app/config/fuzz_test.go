package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-go/berth/app/config"
)

// FuzzLoad plants a secret in a file of any form: reading it never panics, and no error shows the secret.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"grace: {check_interval: S3CRET}", "grace: S3CRET", "S3CRET", "- S3CRET", "grace: !!int S3CRET", "grace: {shops: {a: S3CRET}}",
		"grace: {shops: [[S3CRET]]}", "? [S3CRET]\n: 1", "grace:\n\tS3CRET", "grace: \"S3CRET", "{<<: S3CRET}", "a: &a [*a, S3CRET]",
	} {
		f.Add(seed)
	}
	path := filepath.Join(f.TempDir(), "c.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := prepare(config.Load(config.File(path)), config.Bind[grace]("grace"))
		if err != nil && strings.Contains(err.Error(), "S3CRET") && !secretInKey(text) {
			t.Errorf("the error shows a value: %v", err)
		}
	})
}

// secretInKey reports whether the secret may be part of a key, an anchor or a tag, which errors do show.
func secretInKey(text string) bool {
	for _, sign := range []string{"S3CRET:", "S3CRET\"", "S3CRET'", "&", "*", "!", "?", "%"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	_, after, _ := strings.Cut(text, "S3CRET")
	return strings.Contains(after, ":")
}
