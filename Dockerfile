# Two images from one build: the gateway (the default) and, with --target rocketsim, the stand-in Rocket for trying it out.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/ ./cmd/gateway ./cmd/rocketsim

FROM gcr.io/distroless/static-debian12:nonroot AS rocketsim
COPY --from=build /out/rocketsim /rocketsim
EXPOSE 9000
ENTRYPOINT ["/rocketsim"]
CMD ["-addr", ":9000"]

FROM gcr.io/distroless/static-debian12:nonroot AS gateway
COPY --from=build /out/gateway /gateway
ENV ADMIN_ADDR=:9090
EXPOSE 8080 9090
ENTRYPOINT ["/gateway"]
CMD ["serve"]
