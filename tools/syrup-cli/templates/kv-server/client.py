"""Sends requests, each from a port of its own, and prints who answered."""

import socket

PORT = 9000


def ask(request):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect(("127.0.0.1", PORT))
    while True:
        try:
            sock.send(request)
            return sock.recv(2048).decode()
        except ConnectionRefusedError:
            pass  # The server is still starting.


for request in [b"GET apple", b"GET lemon", b"GET plum", b"SCAN", b"SCAN"]:
    print(request.decode(), "->", ask(request.ljust(5)))
