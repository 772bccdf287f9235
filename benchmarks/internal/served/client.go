package served

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
)

// A Client asks n times, one request after the other.
type Client func(n int) error

// HTTP is net/http's client, as a program has it.
func HTTP(s *Server) (c Client, closed func()) {
	client := &http.Client{Transport: &http.Transport{}}
	url := "http://" + s.Addr + "/work"
	return func(n int) error {
		for range n {
			got, err := client.Get(url)
			if err != nil {
				return err
			}
			if err := check(got); err != nil {
				return err
			}
		}
		return nil
	}, client.CloseIdleConnections
}

// Bare writes requests to a connection itself, so that less of what is measured is the client.
func Bare(s *Server) (c Client, closed func(), err error) {
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		return nil, nil, err
	}
	request := []byte("GET /work HTTP/1.1\r\nHost: " + s.Addr + "\r\n\r\n")
	answers := bufio.NewReader(conn)
	return func(n int) error {
		for range n {
			if _, err := conn.Write(request); err != nil {
				return err
			}
			got, err := http.ReadResponse(answers, nil)
			if err != nil {
				return err
			}
			if err := check(got); err != nil {
				return err
			}
		}
		return nil
	}, func() { _ = conn.Close() }, nil // nothing is left to be written
}

func check(got *http.Response) error {
	body, err := io.ReadAll(got.Body)
	_ = got.Body.Close() // read to its end
	if err != nil {
		return err
	}
	if got.StatusCode != http.StatusOK || string(body) != answer {
		return fmt.Errorf("answer was %q with status %d, not %q with 200", body, got.StatusCode, answer)
	}
	return nil
}
