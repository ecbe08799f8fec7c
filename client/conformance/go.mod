module github.com/rocket-gateway/rocket-gateway/client/conformance

go 1.26.0
