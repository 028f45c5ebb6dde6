# Patrol 网络版权巡查, with the Chromium and fonts that rendered pages need. Built for compose.yaml; runs as a plain user.
FROM python:3.12-slim-bookworm AS build
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN pip install --no-cache-dir uv \
    && uv export --frozen --quiet --no-dev --no-emit-project --output-file /tmp/requirements.txt \
    && uv venv /opt/venv \
    && VIRTUAL_ENV=/opt/venv uv pip sync --require-hashes /tmp/requirements.txt

FROM python:3.12-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends chromium fonts-noto-cjk fontconfig tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 patrol \
    && install -d -o patrol -g patrol /office
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY --chown=root:root . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/tmp/numba \
    PATROL_WORKSPACE=/office \
    TZ=Asia/Shanghai
USER patrol
VOLUME /office
HEALTHCHECK --interval=1m --timeout=20s CMD ["python", "-m", "patrol", "--version"]
ENTRYPOINT ["tini", "--", "python", "-m", "patrol"]
CMD ["doctor"]
