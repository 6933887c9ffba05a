# The environment of training and generation; the repository itself is mounted, see docker-compose.yml.
FROM python:3.11-slim-bookworm

# Where torch comes from: the registry's CUDA build, or https://download.pytorch.org/whl/cpu for machines without a GPU.
ARG TORCH_INDEX=https://pypi.org/simple

RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential git \
    && rm -rf /var/lib/apt/lists/*

COPY requirements.txt /tmp/requirements.txt
RUN torch="$(grep '^torch==' /tmp/requirements.txt)" \
    && pip install --no-cache-dir --index-url "$TORCH_INDEX" --extra-index-url https://pypi.org/simple "$torch" \
    && pip install --no-cache-dir --requirement /tmp/requirements.txt tensorboard wandb

# Any user id may run the container: its home is writable for all.
ENV HOME=/workspace/home PYTHONUNBUFFERED=1
RUN mkdir -p "$HOME" /workspace/Mapperatorinator /workspace/datasets && chmod 1777 "$HOME"

WORKDIR /workspace/Mapperatorinator
USER 1000:1000
CMD ["bash"]
