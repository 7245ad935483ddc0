# One image with all programs. `docker build --target crawler .` (or admin) makes one that runs that program.
FROM debian:12-slim AS build
WORKDIR /hayden
COPY scripts/packages scripts/common.sh scripts/
RUN scripts/packages install build && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset release -DHAYDEN_TESTS=OFF -DHAYDEN_BENCH=OFF \
  && cmake --build --preset release --target hayden-api hayden-crawler hayden-admin hayden-samples \
  && strip build/release/bin/hayden-*

FROM debian:12-slim AS programs
WORKDIR /hayden
COPY scripts/packages scripts/common.sh scripts/
RUN scripts/packages install image && rm -rf /var/lib/apt/lists/* scripts \
  && useradd --system --create-home --uid 10001 hayden \
  && install --directory --owner hayden /samples
COPY LICENSE ./
COPY --from=build /hayden/build/release/bin/hayden-* /usr/local/bin/
USER hayden

FROM programs AS crawler
ENTRYPOINT ["hayden-crawler"]

FROM programs AS admin
ENTRYPOINT ["hayden-admin"]

FROM programs AS api
ENV HAYDEN_PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD curl --fail --silent --output /dev/null "http://localhost:$HAYDEN_PORT/health/live"
STOPSIGNAL SIGTERM
CMD ["hayden-api"]
