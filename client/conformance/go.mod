module github.com/rocket-gateway/rocket-gateway/client/conformance

go 1.26.0

require golang.org/x/mod v0.38.0
