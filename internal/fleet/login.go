package fleet

import (
	"errors"
	"reflect"
	"sync/atomic"

	"github.com/rocket-gateway/rocket-gateway/internal/redisurl"
)

// login is what new connections log in with.
type login struct {
	where redisurl.URL // with the user name and the password of the start
	now   atomic.Pointer[credentials]
}

type credentials struct{ username, password string }

func newLogin(where redisurl.URL) *login {
	l := &login{where: where}
	l.now.Store(&credentials{where.Username, where.Password})
	return l
}

// provide is for the library, which asks before it logs in.
func (l *login) provide() (username, password string) {
	c := l.now.Load()
	return c.username, c.password
}

// ErrElsewhere says that a URL has more than another user name and password.
var ErrElsewhere = errors.New("names another place or another way to it, which takes effect at the next start")

// Relogin has new connections log in as a changed URL says, and tells whether that is new. Those that are open stay as they are:
// Redis closes them itself where it wants them closed.
func (r *Redis) Relogin(url string) (changed bool, err error) {
	u, err := redisurl.Parse(url)
	if err != nil {
		return false, err
	}
	next := credentials{u.Username, u.Password}
	u.Username, u.Password = r.login.where.Username, r.login.where.Password
	if !reflect.DeepEqual(u, r.login.where) {
		return false, ErrElsewhere
	}
	return *r.login.now.Swap(&next) != next, nil
}
