# latm with its jail, for machines that are not Linux. The jail needs no privilege and no extra option of the container.
FROM python:3.13-slim
COPY . /latm
RUN apt-get update && apt-get install --yes --no-install-recommends tzdata && rm -rf /var/lib/apt/lists/* \
    && pip install --no-cache-dir --require-hashes --requirement /latm/requirements/build.txt \
        --requirement /latm/requirements/run.txt \
    && pip install --no-cache-dir --no-deps --no-build-isolation /latm \
    && useradd --create-home latm
USER latm
WORKDIR /home/latm
ENTRYPOINT ["latm"]
CMD ["sandbox", "check"]
