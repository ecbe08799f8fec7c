package auth_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

const expires = `"exp":1750000000` // five hours after today's noon

// Whatever is signed by the issuer itself, and yet means two things or none.
func TestPayloadsThatAreRefused(t *testing.T) {
	v := verifier(t, shared, func(o *auth.Options) { o.Now = func() time.Time { return time.Unix(1749990000, 0) } })
	for payload, words := range map[string]string{
		`{` + expires + `,` + expires + `}`:                   "member twice",
		`{"exp":1,` + expires + `}`:                           "member twice",
		`{"scope":"a",` + expires + `,"scope":"cache:purge"}`: "member twice",
		`{"profiles":[],` + expires + `,"profiles":[1]}`:      "member twice",
		`{"x":1,` + expires + `,"x":1}`:                       "member twice",
		`{"\u0065xp":1,` + expires + `}`:                      "member twice", // the escape is an e
		`{"\ud800":1,"\ud801":2,` + expires + `}`:             "member twice", // halves of pairs: both are read as U+FFFD
		`{"EXP":1750000000}`:                                  "no expiry",
		`{"Exp":1750000000}`:                                  "no expiry",
		`{"exp":"1750000000"}`:                                "claim exp",
		`{"exp":1e400}`:                                       "claim exp",
		`{"exp":-1e400}`:                                      "claim exp",
		`{"exp":1e308}`:                                       "claim exp",
		`{"exp":-1}`:                                          "claim exp",
		`{"exp":253402300800}`:                                "claim exp",
		`{"exp":1750000000000}`:                               "claim exp", // milliseconds
		`{"exp":"NaN"}`:                                       "claim exp",
		`{"exp":"Infinity"}`:                                  "claim exp",
		`{"exp":true}`:                                        "claim exp",
		`{"exp":[1750000000]}`:                                "claim exp",
		`{"exp":{}}`:                                          "claim exp",
		`{"exp":NaN}`:                                         "malformed",
		`{"exp":0x684e1c80}`:                                  "malformed",
		`{"exp":01750000000}`:                                 "malformed",
		`{"exp":+1750000000}`:                                 "malformed",
		`{` + expires + `,"nbf":"0"}`:                         "claim nbf",
		`{` + expires + `,"nbf":1e999}`:                       "claim nbf",
		`{` + expires + `,"iat":false}`:                       "claim iat",
		`{` + expires + `,"iss":1}`:                           "claim iss",
		`{` + expires + `,"sub":["a"]}`:                       "claim sub",
		`{` + expires + `,"sub":"\ud800"}`:                    "claim sub",
		`{` + expires + `,"aud":1}`:                           "claim aud",
		`{` + expires + `,"aud":["a",1]}`:                     "claim aud",
		`{` + expires + `,"aud":["a",null]}`:                  "claim aud",
		`{` + expires + `,"azp":{}}`:                          "claim azp",
		`{` + expires + `,"client_id":7}`:                     "claim client_id",
		`{` + expires + `,"scope":{"usage:read":true}}`:       "claim scope",
		`{` + expires + `,"scope":["usage:read",["x"]]}`:      "claim scope",
		`{` + expires + `,"scp":7}`:                           "claim scp",
		`{` + expires + `,"sub":"` + "\xff" + `"}`:            "UTF-8",
		`{` + expires + `,"x":"` + "\xed\xa0\x80" + `"}`:      "UTF-8", // half a pair, as CESU-8 has it
		"\ufeff{" + expires + `}`:                             "malformed",
		`{` + expires + `}{}`:                                 "malformed",
		`{` + expires + `} x`:                                 "malformed",
		`{` + expires + `,}`:                                  "malformed",
		`{` + expires:                                         "malformed",
		`[` + `{` + expires + `}]`:                            "not a JSON object",
		`"exp"`:                                               "not a JSON object",
		`1750000000`:                                          "not a JSON object",
		`null`:                                                "not a JSON object",
		``:                                                    "malformed",
		`{` + expires + strings.Repeat(`,"x":[`, 1) + `}`:     "malformed",
		`{` + expires + `,"x":` + strings.Repeat("[", 2_000) + `}`: "malformed",
		`{` + expires + members(auth.MaxMembers) + `}`:             "more than",
	} {
		t.Run(payload[:min(len(payload), 60)], func(t *testing.T) {
			wantRefusal(t, v, signRaw(t, "HS256", secret, `{"alg":"HS256"}`, payload), words)
		})
	}
	for _, payload := range []string{
		`{` + expires + `}`, ` { ` + expires + "\n}\n", `{"\u0065xp":1750000000}`, `{` + expires + `,"x":{"a":1,"a":2}}`,
		`{"exp":1.75e9}`, `{"exp":1750000000.999}`, `{"exp":1750000000.` + strings.Repeat("0", 3_000) + `1}`,
		`{` + expires + `,"nbf":null,"iat":null,"sub":null,"aud":null}`,
		`{` + expires + `,"nbf":0,"iat":0.5}`, `{` + expires + `,"nbf":1e-999}`, `{` + expires + members(auth.MaxMembers-1) + `}`,
	} {
		t.Run("good "+payload[:min(len(payload), 60)], func(t *testing.T) {
			wantCaller(t, v, signRaw(t, "HS256", secret, `{"alg":"HS256"}`, payload))
		})
	}
}

// members are n of them, with a comma in front of each.
func members(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"x%d":%d`, i, i)
	}
	return b.String()
}

func TestHeadersThatAreRefused(t *testing.T) {
	v := verifier(t, shared)
	for header, words := range map[string]string{
		`{"alg":"none","alg":"HS256"}`:             "member twice",
		`{"alg":"HS256","alg":"HS256"}`:            "member twice",
		`{"alg":"HS256","kid":"a","kid":"b"}`:      "member twice",
		`{"alg":"HS256","\u0061lg":"none"}`:        "member twice",
		`{"alg":"HS256","x":"` + "\xc3\x28" + `"}`: "UTF-8",
		`{"alg":"HS256"`:                           "not a JSON object",
		`{"alg":"HS256"} {}`:                       "not a JSON object",
		`["alg","HS256"]`:                          "not a JSON object",
		`"HS256"`:                                  "not a JSON object",
		`null`:                                     "not a JSON object",
		``:                                         "not a JSON object",
		`{"Alg":"HS256"}`:                          "not accepted",
		`{"alg":"hs256"}`:                          "not accepted",
		`{"alg":"HS256` + `\u0000"}`:               "not accepted",
		`{"alg":"HS256"` + members(auth.MaxMembers) + `}`: "more than",
	} {
		t.Run(header, func(t *testing.T) {
			wantRefusal(t, v, signRaw(t, "HS256", secret, header, asJSON(t, valid(today))), words)
		})
	}
}

// Only one spelling of a token passes: with any other the memo, a log or a proxy could be made to see two.
func TestOtherSpellingsOfATokenAreRefused(t *testing.T) {
	v := verifier(t, shared)
	good := hs256(t, valid(today))
	parts := strings.Split(good, ".")
	wantCaller(t, v, good)
	spellings := map[string]string{
		"a dot behind": good + ".", "a dot in front": "." + good, "two dots": strings.Replace(good, ".", "..", 1),
		"a space behind": good + " ", "a tab behind": good + "\t", "a line break behind": good + "\n",
		"a line break within": good[:9] + "\r\n" + good[9:],
		"a NUL":               good + "\x00", "no signature": parts[0] + "." + parts[1] + ".", "two parts": parts[0] + "." + parts[1],
		"a JWE's five": good + ".a.b", "padding": good + "=", "padding of the header": parts[0] + "=." + parts[1] + "." + parts[2],
		"percent-encoded": strings.Replace(good, ".", "%2E", 1), "quoted": `"` + good + `"`,
		"one letter more": good + "A", "four more": good + "AAAA",
		"JSON serialization": `{"payload":"` + parts[1] + `"}`, "two tokens": good + "," + good, "nothing": "", "dots": "..",
	}
	for i, part := range parts {
		for _, other := range siblings(part) {
			changed := append([]string{}, parts...)
			changed[i] = other
			spellings["trailing bits of part "+fmt.Sprint(i)+" as "+other[len(other)-1:]] = strings.Join(changed, ".")
		}
	}
	for what, token := range spellings {
		t.Run(what, func(t *testing.T) { wantRefusal(t, v, token, "") })
	}
	if !strings.Contains(strings.Join(keysOf(spellings), " "), "trailing bits") {
		t.Error("no part has bits to spare")
	}
}

// siblings are the texts that a lenient decoder reads as the same bytes.
func siblings(part string) []string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	spare := map[int]int{2: 16, 3: 4}[len(part)%4]
	if spare == 0 {
		return nil
	}
	last := strings.IndexByte(alphabet, part[len(part)-1])
	var all []string
	for i := last - last%spare; i < last-last%spare+spare; i++ {
		if i != last {
			all = append(all, part[:len(part)-1]+alphabet[i:i+1])
		}
	}
	return all
}

func keysOf(all map[string]string) (names []string) {
	for name := range all {
		names = append(names, name)
	}
	return names
}

func TestLargeTokens(t *testing.T) {
	v := verifier(t, shared)
	large := func(length int) string {
		for pad := length * 3 / 4; ; {
			token := hs256(t, valid(today).with(m{"x": strings.Repeat("x", pad)}))
			over := len(token) - length
			if over <= 0 {
				return token
			}
			pad -= max(1, over*3/4)
		}
	}
	wantCaller(t, v, large(auth.MaxToken))
	for _, length := range []int{auth.MaxToken + 4, 10 << 10, 1 << 20} {
		wantRefusal(t, v, large(length), "8 KiB")
	}
	wantRefusal(t, v, strings.Repeat(".", auth.MaxToken), "three parts")
}
