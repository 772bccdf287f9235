package event

type Event interface{ event() }

type Started struct{}

type Stopped struct{}

type Source struct{}

func (Started) event() {}
func (Stopped) event() {}
