"""TLS of both services, with certificates that are made here."""
