module github.com/berth-go/berth/examples/worker

go 1.25.0

require (
	github.com/berth-go/berth v0.1.0
	go.uber.org/fx v1.24.0
	go.uber.org/goleak v1.3.0
	go.uber.org/zap v1.28.0
)

replace github.com/berth-go/berth => ../..
