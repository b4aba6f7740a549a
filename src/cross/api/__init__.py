"""What merchants and operators call over HTTP: `/v1`, `/callbacks`, and health."""
