package web

import "go.uber.org/zap"

// says is what the lines of a request say: its id, and its pattern once there is one.
type says answer

// Name implements logs.Source.
func (s *says) Name() string {
	if rt := s.route.Load(); rt != nil {
		return rt.unit
	}
	return "web"
}

// Version implements logs.Source.
func (s *says) Version() uint64 {
	if s.route.Load() == nil {
		return 0
	}
	return 1
}

// Fields implements logs.Source.
func (s *says) Fields() []zap.Field {
	fields := []zap.Field{zap.String("request_id", s.id[0])}
	if rt := s.route.Load(); rt != nil {
		fields = append(fields, zap.String("route", rt.source.Name))
	}
	return fields
}
