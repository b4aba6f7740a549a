"""The door in: HTTP/1.1 as uvicorn's sockets bring it, made into ASGI calls (docs/decisions, 15)."""
