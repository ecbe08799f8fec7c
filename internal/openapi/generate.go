package openapi

//go:generate go tool -modfile=../../tools/go.mod oapi-codegen -config cfg.yaml ../../api/openapi.yaml
