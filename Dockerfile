FROM python:3.12-slim

RUN useradd --system --create-home --uid 10001 fanz \
    && install -d -o fanz -g fanz /app /app/state
WORKDIR /app
USER fanz
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

# The packages change seldom: they get a layer of their own.
COPY --chown=fanz manage.py requirements.lock ./
COPY --chown=fanz fanzmoney/__init__.py fanzmoney/
COPY --chown=fanz fanzmoney/launcher fanzmoney/launcher
RUN python manage.py environment
ENV PATH=/app/.venv/bin:$PATH

COPY --chown=fanz . .
CMD ["python", "manage.py", "doctor"]
