"""The Web platform in the guest, with Node as the judge."""
