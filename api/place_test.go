package api_test

import (
	"slices"
	"strings"
)

// place is where a value is in both contracts.
type place struct {
	path    []string
	request bool // it is what callers send, in parameters and bodies; everything else is what they get
}

func (p place) at(key string) place {
	p.request = p.request || key == "parameters" || key == "requestBody"
	switch {
	case key == "paths":
		p.path = nil
	case slices.Contains(methods, key):
		p.path = append([]string{strings.ToUpper(key)}, p.path...)
	default:
		p.path = append(slices.Clone(p.path), key)
	}
	return p
}

// last returns the keyword or name that the place ends in.
func (p place) last() string {
	if len(p.path) == 0 {
		return ""
	}
	return p.path[len(p.path)-1]
}

var (
	methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}
	prose   = []string{"description", "summary", "title", "example", "examples", "externalDocs", "tags", "operationId", "info"}
	// named are the keywords whose members have names of the contract's own, with what may be added to them.
	named = map[string]func(c *comparison, p place, added any) bool{
		"paths":           func(*comparison, place, any) bool { return true },
		"headers":         func(*comparison, place, any) bool { return true },
		"properties":      func(*comparison, place, any) bool { return true },
		"securitySchemes": func(*comparison, place, any) bool { return true },
		"parameters": func(c *comparison, _ place, added any) bool {
			parameter, _ := resolve(c.new, added).(map[string]any)
			return parameter["required"] != true
		},
		"required":  func(_ *comparison, p place, _ any) bool { return !p.request },
		"enum":      func(_ *comparison, p place, _ any) bool { return p.request },
		"content":   func(_ *comparison, p place, _ any) bool { return p.request },
		"responses": nil,
	}
)
