package config_test

import (
	"testing"
	"time"
)

// The zone decides on which instant a month begins.
func TestBillingTimezone(t *testing.T) {
	for zone, want := range map[string]string{
		"UTC":               "2024-03-01T00:00:00Z",
		"America/Sao_Paulo": "2024-03-01T03:00:00Z",
		"Asia/Kathmandu":    "2024-02-29T18:15:00Z",
	} {
		location := load(t, with("BILLING_TIMEZONE="+zone)).BillingTimezone
		if location.String() != zone {
			t.Errorf("%s is read as %s", zone, location)
		}
		if got := time.Date(2024, 3, 1, 0, 0, 0, 0, location).UTC().Format(time.RFC3339); got != want {
			t.Errorf("in %s March begins at %s, want %s", zone, got, want)
		}
	}
}

// The zone data is in the binary: images such as scratch have none.
func TestTimezoneNeedsNoFiles(t *testing.T) {
	t.Setenv("ZONEINFO", t.TempDir())
	if got := load(t, with("BILLING_TIMEZONE=America/Sao_Paulo")).BillingTimezone.String(); got != "America/Sao_Paulo" {
		t.Errorf("got %s", got)
	}
}

func TestBadTimezones(t *testing.T) {
	for _, zone := range []string{"Local", "America/Atlantis", "São Paulo"} {
		wantFault(t, with("BILLING_TIMEZONE="+zone), "BILLING_TIMEZONE", "IANA")
	}
}
