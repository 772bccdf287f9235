package config

import "github.com/berth-go/berth/internal/settings"

// Config tells what an application is set to; a *Config is injectable in each.
//
// Its method Describe writes a line for each key that is bound, with its value and where that stands. Secrets are masked, and so are
// passwords in URLs and texts whose key is named like a secret: password, token, api_key.
type Config = settings.Config
