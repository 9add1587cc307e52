# kefu in one image: the same commands as on a machine of your own.
FROM python:3.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    KEFU_HOME=/var/lib/kefu \
    KEFU_WEB_HOST=0.0.0.0

RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/kefu kefu

WORKDIR /opt/kefu
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY storage storage
COPY bot bot
COPY adapters adapters
COPY training training
# A smaller image: --build-arg TORCH_INDEX=<index with torch's CPU wheels>
ARG TORCH_INDEX=""
RUN pip install torch==2.13.0 ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} \
    && pip install -c constraints.txt -e .

USER kefu
VOLUME /var/lib/kefu
EXPOSE 8400
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8400/healthz')"]
CMD ["kefu", "serve"]
