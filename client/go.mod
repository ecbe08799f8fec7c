module github.com/rocket-gateway/rocket-gateway/client

go 1.25.0

require (
	github.com/dunglas/httpsfv v1.1.2
	github.com/hashicorp/go-cleanhttp v0.5.2
	github.com/hashicorp/go-retryablehttp v0.7.8
	golang.org/x/oauth2 v0.36.0
	golang.org/x/sync v0.22.0
)
