module github.com/berth-go/berth/examples/ordering

go 1.26.0

require (
	github.com/berth-go/berth v0.0.0
	github.com/cenkalti/backoff/v5 v5.0.3
	go.uber.org/fx v1.24.0
	go.uber.org/goleak v1.3.0
	go.uber.org/zap v1.28.0
	modernc.org/sqlite v1.60.1
)

replace github.com/berth-go/berth => ../..
