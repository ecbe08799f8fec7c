module github.com/rocket-gateway/rocket-gateway

go 1.26

require (
	github.com/go-chi/chi/v5 v5.5.0 // indirect
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
)
