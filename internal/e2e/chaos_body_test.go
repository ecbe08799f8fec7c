//go:build chaos

package e2e_test

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// noise returns text that hardly compresses, and needs no escapes in JSON.
func noise(size int, number int64) string {
	const alphabet = `!#$%()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_{|}~abcdefghijklmnopqrstuvwxyz`
	source := rand.New(rand.NewPCG(*seed, uint64(number)))
	text := make([]byte, size)
	for i := range text {
		text[i] = alphabet[source.IntN(len(alphabet))]
	}
	return string(text)
}

// send sends a request whatever becomes of it.
func (t *trial) send(url string, header ...string) result {
	s := result{url: url, begun: time.Now()}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		panic(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	s.status, s.cache, s.number, s.err = t.roundTrip(req)
	s.took = time.Since(s.begun)
	return s
}

func (t *trial) roundTrip(req *http.Request) (status int, cache string, number int64, err error) {
	resp, err := t.client.Do(req)
	if err != nil {
		return 0, "", 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, "", 0, err
	}
	_, cache, _ = strings.Cut(resp.Header.Get("Cache-Status"), "; ")
	return resp.StatusCode, cache, numberOf(body), nil
}

// numberOf returns the number of a body of rocket, 0 if it has none. It stands before the padding.
func numberOf(body []byte) int64 {
	head, _, _ := strings.Cut(string(body[:min(len(body), 100)]), `,"padding"`)
	var rows []struct{ Number int64 }
	if json.Unmarshal([]byte(head+"}]"), &rows) != nil || len(rows) == 0 {
		return 0
	}
	return rows[0].Number
}
