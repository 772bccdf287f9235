package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/berth-go/berth/hosting/web"
)

// remind is the unit behind Remind: text and in are given by the caller, tx comes from the scope.
func remind(text string, in time.Duration, tx *Tx) {
	tx.list = append(tx.list, Reminder{Text: text, Due: time.Now().Add(in)})
}

// SendDue is one turn of the loop: it sends what is due and forgets it, all in one transaction.
func SendDue(ctx context.Context, tx *Tx, sender Sender, log *zap.Logger) error {
	for _, r := range tx.list {
		if time.Now().Before(r.Due) {
			continue
		}
		if err := sender.Send(ctx, r.Text); err != nil {
			return err // nothing is forgotten; the loop tries again, later and later
		}
		log.Info("sent", zap.String("text", r.Text))
	}
	tx.list = slices.DeleteFunc(tx.list, func(r Reminder) bool { return !time.Now().Before(r.Due) })
	return nil
}

// Post handles POST /reminders?text=...&in=10s.
func Post(w http.ResponseWriter, r *http.Request, remind Remind) error {
	in, err := time.ParseDuration(r.FormValue("in"))
	if err != nil || r.FormValue("text") == "" {
		return &web.Error{Status: http.StatusBadRequest, Title: "text and in are needed, such as text=tea&in=10s", Err: err}
	}
	if err := remind(r.Context(), r.FormValue("text"), in); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}
