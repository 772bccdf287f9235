package config

import "github.com/berth-go/berth/internal/settings"

// A *Config is injectable in every application, and tells what it is set to.
//
// Its method Describe writes a line for each key that is bound, with its value and where that stands. Secrets are masked, and so are
// passwords in URLs and texts whose key is named like a secret: password, token, api_key.
type Config = settings.Config
