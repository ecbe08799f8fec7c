package handlers

import (
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/rocket-gateway/rocket-gateway/api"
)

// contract is the OpenAPI document as this gateway serves it: its server has the prefix of an ingress, and tokens are required in it, or
// do not occur.
type contract struct {
	basePath string
	tokens   bool   // are required
	issuer   string // of tokens, for people; empty: the operator says where they come from
	login    bool   // is at the docs page
}

func newContract(o Options) contract {
	_, open := o.Auth.(AllowAll)
	c := contract{basePath: o.BasePath, tokens: !open, issuer: o.Issuer, login: o.Login != nil}
	if c.login {
		c.issuer = o.Login.Issuer
	}
	return c
}

// files returns the document as YAML and as JSON. They are made for their first client: that takes some 40 ms.
func (c contract) files() (asYAML, asJSON *static) {
	both := sync.OnceValue(func() [2][]byte {
		asYAML, asJSON, err := c.encode()
		if err != nil {
			panic(err) // of an embedded file: it cannot fail
		}
		return [2][]byte{asYAML, asJSON}
	})
	return newLateStatic("openapi.yaml", func() []byte { return both()[0] }, revalidate),
		newLateStatic("openapi.json", func() []byte { return both()[1] }, revalidate)
}

func (c contract) encode() (asYAML, asJSON []byte, err error) {
	var document yaml.Node
	if err := yaml.Unmarshal(api.YAML, &document); err != nil {
		return nil, nil, err
	}
	root := document.Content[0]
	member(member(root, "servers").Content[0], "url").SetString(c.basePath + "/")
	c.secure(root)
	asYAML, err = yaml.Dump(&document, yaml.WithIndent(2), yaml.WithCompactSeqIndent(false), yaml.WithLineWidth(-1))
	if err != nil {
		return nil, nil, err
	}
	var value any
	if err := document.Decode(&value); err != nil {
		return nil, nil, err
	}
	asJSON, err = encodeJSON(value, " ")
	return asYAML, asJSON, err
}

// secure makes tokens required wherever the document has them as an alternative, or removes them.
func (c contract) secure(root *yaml.Node) {
	secured := []*yaml.Node{root}
	for path := range values(member(root, "paths")) {
		secured = slices.AppendSeq(secured, values(path))
	}
	for _, of := range secured {
		if !c.tokens {
			remove(of, "security")
		} else if list := member(of, "security"); list != nil {
			list.Content = slices.DeleteFunc(list.Content, func(alternative *yaml.Node) bool { return len(alternative.Content) == 0 })
		}
	}
	components := member(root, "components")
	if !c.tokens {
		remove(components, "securitySchemes")
		return
	}
	member(member(member(components, "securitySchemes"), "bearerAuth"), "description").SetString(
		"A JSON Web Token (RFC 7519) in the `Authorization` header. " + c.source())
}

// source says where callers get a token.
func (c contract) source() string {
	issuer := "`" + strings.ReplaceAll(c.issuer, "`", "'") + "`"
	switch {
	case c.login:
		return "Its issuer is " + issuer + ": log in there on the docs page, or paste a token of it."
	case c.issuer != "":
		return "Get one from its issuer, " + issuer + "."
	default:
		return "The operator of this gateway says where to get one; `gateway demo` prints one."
	}
}
