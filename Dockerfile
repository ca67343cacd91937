# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS build
WORKDIR /src
# Leave the embedded database out with --build-arg FEATURES="--no-default-features".
ARG FEATURES=""
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked ${FEATURES} && cp target/release/waybill /waybill

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --create-home --home-dir /data waybill
COPY --from=build /waybill /usr/local/bin/waybill
USER waybill
WORKDIR /data
VOLUME /data
# A container's own loopback is reached by nobody, so here the doors are open to its network.
ENV WAYBILL_DATA_DIR=/data \
    WAYBILL_STORE_ADDR=0.0.0.0:8080 \
    WAYBILL_CARRIER_ADDR=0.0.0.0:8081 \
    WAYBILL_AMAZON_ADDR=0.0.0.0:23456 \
    WAYBILL_UPS_ADDR=0.0.0.0:12345 \
    WAYBILL_WORLD_HTTP_ADDR=0.0.0.0:8082 \
    WAYBILL_METRICS_ADDR=0.0.0.0:9464
EXPOSE 8080 8081 8082 23456 12345 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --start-period=20s CMD \
    bash -c 'exec 3<>/dev/tcp/127.0.0.1/9464 && printf "GET /healthz HTTP/1.0\r\n\r\n" >&3 && grep -q "200 OK" <&3'
ENTRYPOINT ["waybill"]
CMD ["up"]
