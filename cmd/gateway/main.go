// Command gateway is a caching REST gateway in front of Rocket.
package main

import (
	"os"

	"github.com/rocket-gateway/rocket-gateway/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
