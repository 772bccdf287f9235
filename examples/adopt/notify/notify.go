// Package notify tells customers where their parcels are.
package notify

import (
	"cmp"
	"slices"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/examples/adopt/settings"
)

// Module provides the notifier and its channels.
var Module = fx.Module("notify",
	fx.Decorate(func(log *zap.Logger) *zap.Logger { return log.Named("notify") }),
	fx.Provide(
		NewTemplates,
		NewMail,
		fx.Annotate(NewSMS, fx.As(new(Channel)), fx.ResultTags(`group:"channels"`)),
		fx.Annotate(NewPush, fx.As(new(Channel)), fx.ResultTags(`group:"channels"`)),
		fx.Annotated{Group: "probes", Target: unusedProbe},
		NewNotifier,
	),
	fx.Decorate(fx.Annotate(throttle, fx.ParamTags(`group:"channels"`), fx.ResultTags(`group:"channels"`))),
)

// A Channel reaches customers.
type Channel interface {
	Name() string
	Send(text string) error
}

// A Probe says whether something works.
type Probe struct{ Of string }

// Templates are the texts.
type Templates struct{ arrived string }

// NewTemplates returns the texts.
func NewTemplates() *Templates { return &Templates{arrived: "your parcel has arrived"} }

// Mail is a Channel, and can be probed.
type Mail struct {
	from string
	log  *zap.Logger
}

// Name is "mail".
func (*Mail) Name() string { return "mail" }

// Send sends a mail.
func (m *Mail) Send(text string) error {
	m.log.Info("sent", zap.String("channel", "mail"), zap.String("from", m.from), zap.String("text", text))
	return nil
}

// MailOut is all that NewMail makes.
type MailOut struct {
	fx.Out

	Mail    *Mail
	Channel Channel `group:"channels"`
	Probe   Probe   `group:"probes"`
}

// NewMail returns the channel of mails.
func NewMail(s settings.Mail, log *zap.Logger) MailOut {
	m := &Mail{s.From, log}
	return MailOut{Mail: m, Channel: m, Probe: Probe{"mail"}}
}

// SMS is a Channel.
type SMS struct{ log *zap.Logger }

// NewSMS returns the channel of short messages.
func NewSMS(log *zap.Logger) *SMS { return &SMS{log} }

// Name is "sms".
func (*SMS) Name() string { return "sms" }

// Send sends a short message.
func (s *SMS) Send(text string) error {
	s.log.Info("sent", zap.String("channel", "sms"), zap.String("text", text))
	return nil
}

// Push is a Channel.
type Push struct{ log *zap.Logger }

// NewPush returns the channel to telephones.
func NewPush(log *zap.Logger) *Push { return &Push{log} }

// Name is "push".
func (*Push) Name() string { return "push" }

// Send writes on a telephone.
func (p *Push) Send(text string) error {
	p.log.Info("sent", zap.String("channel", "push"), zap.String("text", text))
	return nil
}

// unusedProbe is not made, because those who take probes take only those that are there.
func unusedProbe() Probe { panic("a probe was made that nobody needs") }

// throttled is a Channel that counts.
type throttled struct {
	Channel
	sent int
}

func (t *throttled) Send(text string) error {
	t.sent++
	return t.Channel.Send(text)
}

func throttle(channels []Channel) []Channel {
	slow := make([]Channel, len(channels))
	for i, c := range channels {
		slow[i] = &throttled{Channel: c}
	}
	return slow
}

// A Notifier tells customers through all channels.
type Notifier struct {
	channels  []Channel
	templates *Templates
}

// NewNotifier takes all channels.
func NewNotifier(in struct {
	fx.In

	Channels  []Channel `group:"channels"`
	Templates *Templates
},
) *Notifier {
	slices.SortFunc(in.Channels, func(a, b Channel) int { return cmp.Compare(a.Name(), b.Name()) })
	return &Notifier{in.Channels, in.Templates}
}

// Arrived tells that a parcel has arrived, and how many messages that took so far.
func (n *Notifier) Arrived() (sent map[string]int, err error) {
	sent = map[string]int{}
	for _, c := range n.channels {
		if err := c.Send(n.templates.arrived); err != nil {
			return nil, err
		}
		if t, ok := c.(*throttled); ok {
			sent[c.Name()] = t.sent
		}
	}
	return sent, nil
}
