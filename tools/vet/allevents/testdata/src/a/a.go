package a

import "lifecycle/event"

func unmarked(ev event.Event) {
	switch ev.(type) {
	case event.Started:
	}
}

func complete(ev event.Event) {
	//vet:allevents
	switch ev.(type) {
	case event.Started, event.Stopped:
	}
}

func incomplete(ev event.Event) {
	//vet:allevents
	switch e := ev.(type) { // want `switch has no case for event.Stopped`
	case event.Started:
		_ = e
	default:
	}
}

func other(v any) {
	/* want `stands before no type switch` */ //vet:allevents
	switch v.(type) {
	}
}
