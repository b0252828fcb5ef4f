# latm's gateway and command line with the jail. It needs no privilege, no option of the container and no writable root:
# what it writes goes to /data, and to /tmp. Without further words it attacks its own jail and tells what held.
FROM python:3.13-slim AS build
ENV PATH=/opt/latm/bin:$PATH
COPY requirements/build.txt requirements/image.txt /requirements/
RUN python -m venv /opt/latm \
    && pip install --no-cache-dir --require-hashes \
        --requirement /requirements/build.txt --requirement /requirements/image.txt
COPY pyproject.toml README.md LICENSE /source/
COPY src /source/src
RUN pip install --no-cache-dir --no-deps --no-build-isolation /source \
    && pip uninstall --yes --requirement /requirements/build.txt pip

FROM python:3.13-slim
# Tools know time zones from here.
RUN test -f /usr/share/zoneinfo/Europe/Berlin && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/latm /opt/latm
# A database server that is away leaves answers in the temporary folder; they outlast the container in /data.
ENV PATH=/opt/latm/bin:$PATH HOME=/data TMPDIR=/data LATM_STORE=sqlite:////data/latm.db PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/livez', timeout=4)"]
ENTRYPOINT ["latm"]
CMD ["sandbox", "check"]
