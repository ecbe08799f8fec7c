package app

import (
	"cmp"
	"errors"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
)

// DoctorOptions returns what is to be checked with these settings, and a function that closes it afterwards. Faults of the settings are
// a part of it, not an error. Rocket's client has no Redis: its login is this process's own.
func DoctorOptions(environ []string, account string) (o doctor.Options, closeAll func(), err error) {
	o = doctor.Options{Now: time.Now, LookupNetIP: net.DefaultResolver.LookupNetIP}
	c, err := Load(environ)
	var faults config.Faults
	if errors.As(err, &faults) {
		o.Faults = faults
		return o, func() {}, nil
	}
	if err != nil {
		return o, nil, err
	}
	a := &App{config: c, now: time.Now, log: slog.New(slog.DiscardHandler), metrics: prometheus.NewRegistry()}
	if err := errors.Join(a.wireUpstream(), a.wireRedis()); err != nil {
		a.Close()
		return o, nil, err
	}
	o.Warnings, o.Settings = c.Warnings, len(c.Origins)
	if o.Rocket = a.pool.Client(cmp.Or(account, c.Accounts.List[0].Name)); o.Rocket == nil {
		a.Close()
		return o, nil, errors.New("--account: there is no account of that name: use " + strings.Join(a.pool.Names(), ", "))
	}
	o.Location, o.KeysURL, o.LoginIssuer = c.BillingTimezone, c.AuthJWKSURL, loginIssuer(c)
	o.Redis, o.SharedTokens, o.Record = a.redis, len(c.TokenEncryptionKeys) > 0, cache.CheckRecord
	o.Open = c.AuthMode == config.AuthModeNone
	return o, a.Close, nil
}
