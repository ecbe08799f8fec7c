package upstream

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/synctest"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

func reply(ctx context.Context, r *room, size, length int) *roomed {
	return &roomed{ctx: ctx, room: r, rest: bytes.NewReader(make([]byte, size)), length: int64(length)}
}

func TestLargeAnswersWaitForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &room{bytes: newRoom(8 << 20).bytes, largest: 8 << 20}
		r.bytes.Acquire(t.Context(), usualRoom-(8<<20)) // room for one is left
		first := reply(t.Context(), r, 3<<20, -1)
		if n, err := io.Copy(io.Discard, first); err != nil || n != 3<<20 {
			t.Fatal(n, err)
		}
		small := reply(t.Context(), r, smallAnswer, -1)
		if n, err := io.Copy(io.Discard, io.LimitReader(small, smallAnswer)); err != nil || n != smallAnswer {
			t.Error("a small answer needs no room", n, err)
		}
		read := make(chan int64, 1)
		second := reply(t.Context(), r, 2<<20, 2<<20)
		go func() {
			n, _ := io.Copy(io.Discard, second)
			read <- n
		}()
		synctest.Wait()
		if len(read) != 0 {
			t.Error("there is room for one")
		}
		first.release()
		if n := <-read; n != 2<<20 {
			t.Error(n)
		}
		second.release()
	})
}

func TestWhoWaitsInVainForRoomIsTold(t *testing.T) {
	r := newRoom(8 << 20)
	if !r.bytes.TryAcquire(usualRoom) {
		t.Fatal("the room is not as large as it says")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := io.Copy(io.Discard, reply(ctx, r, 2<<20, -1)); fault.Of(err).Kind != fault.UpstreamUnavailable {
		t.Error(err)
	}
}
