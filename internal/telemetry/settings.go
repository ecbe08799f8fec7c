package telemetry

import "time"

// Settings say how the settings stand, which may change while the process runs.
type Settings struct {
	Taken bool      // those in effect are what the files hold
	Read  time.Time // when those in effect were read
}

// Settings registers what is read of them.
func (m *Metrics) Settings(read func() Settings) {
	m.gauge("settings_last_reload_successful",
		"1 where the settings in effect are those of the files, 0 where those hold a fault, or what waits for the next start.", nil,
		func(tell Tell) { tell(flag(read().Taken)) })
	m.gauge("settings_last_reload_success_timestamp_seconds", "When the settings in effect were read, as Unix time in seconds.", nil,
		func(tell Tell) { tell(seconds(read().Read)) })
}

// Certificate registers when that of the API expires.
func (m *Metrics) Certificate(expires func() time.Time) {
	m.gauge("certificate_expiry_timestamp_seconds",
		"When the certificate of TLS_CERT_FILE expires, as Unix time in seconds; no series without one.", nil,
		func(tell Tell) { tell(seconds(expires())) })
}
