package console

import (
	"fmt"
	"time"
)

// problem is something that is wrong now, and what to know or do about it.
type problem struct {
	What, Do string
	Alert    string // its row in docs/alerts.md
}

// findProblems returns what is wrong now, the most urgent first.
func findProblems(s snapshot) (all []problem) {
	if s.err != nil {
		all = append(all, problem{What: "Some metrics cannot be read.", Do: s.err.Error()})
	}
	for _, account := range s.accounts() {
		all = append(all, loginProblems(s, account)...)
		all = append(all, breakerProblems(s, account)...)
	}
	for _, find := range []func(snapshot) (problem, bool){
		redisProblem, slotsProblem, keysProblem, certificateProblem, settingsProblem,
	} {
		if p, found := find(s); found {
			all = append(all, p)
		}
	}
	return all
}

// loginProblems returns that an account cannot log in. A token that has expired is none by itself: the next query renews it.
func loginProblems(s snapshot, account string) []problem {
	refused := s.sum(logins, "account", account, "outcome", "refused")
	failed := s.sum(logins, "account", account, "outcome", "failure")
	switch {
	case s.sum(tokenExpiry, "account", account) > float64(s.now.Unix()):
		return nil
	case refused > 0:
		return []problem{{
			fmt.Sprintf("Account %s has no valid token, and Rocket has refused %s.", account, plural(refused, "login")),
			"The log has the reason. Correct its password, or have it unlocked at Rocket. Until then, its cached entries are served.",
			"RocketGatewayCredentialsRefused",
		}}
	case failed > 0:
		return []problem{{
			fmt.Sprintf("Account %s has no valid token, and %s failed.", account, plural(failed, "login")),
			"The log has the reason. Until a login succeeds, its cached entries are served.", "RocketGatewayLoginsFail",
		}}
	}
	return nil
}

func breakerProblems(s snapshot, account string) []problem {
	switch s.breaker(account) {
	case "open":
		return []problem{{
			fmt.Sprintf("The circuit breaker of account %s is open.", account),
			"Rocket fails: stale entries are served, and Rocket gets a few probes a second. The first success closes it.",
			"RocketGatewayBreakerOpen",
		}}
	case "suspect":
		return []problem{{
			fmt.Sprintf("The circuit breaker of account %s is suspect.", account),
			"No request to Rocket has succeeded for some seconds: every stale entry is served at once.", "RocketGatewayRocketFails",
		}}
	}
	return nil
}

func redisProblem(s snapshot) (p problem, found bool) {
	return problem{
		"Redis does not reply.",
		"Memory and Rocket serve, and each replica fetches for itself. Redis is used again within a second once it replies.",
		"RocketGatewayRedisAway",
	}, s.sum("redis_away") > 0
}

func slotsProblem(s snapshot) (p problem, found bool) {
	of, queue := s.sum(slots), s.sum(slotsWaiting, "lane", "callers")
	return problem{
		fmt.Sprintf("All %s are taken, and %s in the queue.", plural(of, "slot"), verb(queue)),
		"Raise ROCKET_MAX_CONCURRENT if Rocket permits it, or add replicas.", "RocketGatewayQueueFull",
	}, queue > 0 && s.sum(slotsTaken) >= of
}

func verb(queue float64) string {
	if queue == 1 {
		return "1 request waits"
	}
	return count(queue) + " requests wait"
}

const keysMaxAge = 15 * time.Minute // they are read each minute

func keysProblem(s snapshot) (p problem, found bool) {
	read := s.sum("jwks_read_timestamp_seconds")
	p = problem{
		"The issuer's keys were never read.", "The replica is not ready. Does the issuer reply at AUTH_JWKS_URL?", "RocketGatewayKeysOld",
	}
	if read > 0 {
		p.What = "The issuer's keys were last read " + relative(read, s.now) + "."
		p.Do = "Known keys stay valid, and new ones are not seen. Does the issuer reply at AUTH_JWKS_URL?"
	}
	return p, s.has("jwks_read_timestamp_seconds") && s.now.Sub(moment(read)) > keysMaxAge
}

const certificateMinLife = 72 * time.Hour

func certificateProblem(s snapshot) (p problem, found bool) {
	expiry := moment(s.sum("certificate_expiry_timestamp_seconds"))
	return problem{
		"The certificate of the API expires at " + expiry.UTC().Format(time.RFC3339) + ".",
		"Renew TLS_CERT_FILE and TLS_KEY_FILE; the new pair is served within seconds.", "RocketGatewayCertificateExpires",
	}, s.has("certificate_expiry_timestamp_seconds") && expiry.Sub(s.now) < certificateMinLife
}

func settingsProblem(s snapshot) (p problem, found bool) {
	return problem{
		"Changed settings are not in effect.",
		"The files have an error, or a change that needs a restart. The log names the variable.", "RocketGatewaySettingsNotTaken",
	}, s.has("settings_last_reload_successful") && s.sum("settings_last_reload_successful") == 0
}
