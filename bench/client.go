package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// client is a kept-alive connection that costs little beside the server's work: it reads no more of a response than its size.
type client struct {
	conn   net.Conn
	reader *bufio.Reader
}

const requestTimeout = 20 * time.Second

// dial opens connections to a server.
func (s *server) dial(ctx context.Context, n int) (clients []*client, err error) {
	clients = make([]*client, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(connections)
	for i := range clients {
		group.Go(func() error {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(s.base, "http://"))
			clients[i] = &client{conn, bufio.NewReaderSize(conn, 4096)}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		hangUp(clients)
		return nil, err
	}
	return clients, nil
}

func hangUp(clients []*client) {
	for _, c := range clients {
		if c != nil && c.conn != nil {
			_ = c.conn.Close()
		}
	}
}

// request returns the bytes of a request.
func (s *server) request(path string) []byte {
	text := "GET " + path + " HTTP/1.1\r\nHost: bench\r\n"
	for _, h := range s.header {
		text += h + "\r\n"
	}
	return []byte(text + "\r\n")
}

// do sends a request and reads the response.
func (c *client) do(request []byte) error {
	_ = c.conn.SetDeadline(time.Now().Add(requestTimeout))
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	size := 0
	for first := true; ; first = false {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.Contains(line, []byte(" 200 ")) {
			return fmt.Errorf("the server responded %s", bytes.TrimSpace(line))
		}
		if len(line) == len("\r\n") {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			size, _ = strconv.Atoi(string(bytes.TrimSpace(value)))
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			return errors.New("the response has no length")
		}
	}
	_, err := c.reader.Discard(size)
	return err
}
