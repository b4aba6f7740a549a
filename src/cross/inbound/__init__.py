"""The door in: HTTP/1.1 on uvicorn's sockets, made into ASGI calls (docs/decisions, 15)."""
