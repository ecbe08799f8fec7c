# Two images from one build: the gateway (the default) and, with --target rocketsim, the simulator of Rocket.
#
# BuildKit sets the build platform and the target platform, so that the compiler never runs emulated. The builder without BuildKit sets
# neither and builds for the machine's platform; if that is not linux/amd64, it requires --build-arg BUILDPLATFORM=….
# The version of Go is that of the line toolchain in go.mod.
ARG VERSION=
ARG REVISION=

FROM --platform=${BUILDPLATFORM:-linux/amd64} golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION
ARG TARGETOS
ARG TARGETARCH
# The same source makes the same bytes: no paths, no build id, no version control data, and one date for all files.
RUN CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} go build -trimpath -buildvcs=false \
      -ldflags "-s -w -buildid= -X github.com/rocket-gateway/rocket-gateway/internal/version.release=${VERSION}" -o /out/ ./cmd/gateway ./cmd/rocketsim \
    && scripts/notices >/out/THIRD-PARTY-NOTICES && cp LICENSE /out/ && touch --date=@0 /out/*

FROM gcr.io/distroless/static-debian12:nonroot AS rocketsim
COPY --from=build /out/rocketsim /out/LICENSE /out/THIRD-PARTY-NOTICES /
USER 65532:65532
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/rocketsim", "healthcheck", "-addr", ":9000"]
ENTRYPOINT ["/rocketsim"]
CMD ["-addr", ":9000"]

FROM gcr.io/distroless/static-debian12:nonroot AS gateway
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="rocket-gateway" \
      org.opencontainers.image.description="A caching REST gateway in front of Rocket" \
      org.opencontainers.image.source="https://github.com/rocket-gateway/rocket-gateway" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="gcr.io/distroless/static-debian12:nonroot"
COPY --from=build /out/gateway /out/LICENSE /out/THIRD-PARTY-NOTICES /
ENV ADMIN_ADDR=:9090
USER 65532:65532
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/gateway", "healthcheck"]
ENTRYPOINT ["/gateway"]
CMD ["serve"]
