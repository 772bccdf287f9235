package store

import (
	"sync"

	"go.uber.org/zap"
)

// A Cache keeps what was read.
type Cache interface {
	Put(key, value string)
	Get(key string) (string, bool)
}

// lru says what is thrown away; only the cache knows it.
type lru struct{ size int }

func newLRU() *lru { return &lru{size: 64} }

// Memory is a Cache in memory.
type Memory struct {
	lru *lru
	log *zap.Logger

	mu     sync.Mutex
	values map[string]string
}

// NewMemory returns an empty cache.
func NewMemory(l *lru, log *zap.Logger) *Memory {
	return &Memory{lru: l, log: log, values: map[string]string{}}
}

// Put keeps a value, unless the cache is full.
func (m *Memory) Put(key, value string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.values) < m.lru.size {
		m.values[key] = value
	}
}

// Get returns a value that was kept.
func (m *Memory) Get(key string) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, ok := m.values[key]
	return value, ok
}

func flush(m *Memory) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log.Info("flushed", zap.Int("size", m.lru.size))
	clear(m.values)
}
