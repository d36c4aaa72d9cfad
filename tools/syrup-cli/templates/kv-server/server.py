"""A key-value server of four threads that share a port. It knows nothing of Syrup."""

import socket
import threading

PORT = 9000
N_WORKERS = 4
STORE = {b"apple": b"red", b"lemon": b"yellow", b"plum": b"blue"}


def answer(request):
    verb, _, key = request.partition(b" ")
    if verb == b"SCAN":
        return b" ".join(sorted(STORE))
    return STORE.get(key, b"?")


def serve(number, sock):
    while True:
        request, client = sock.recvfrom(2048)
        sock.sendto(b"worker %d: %s" % (number, answer(request)), client)


for number in range(N_WORKERS):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # Without this the kernel has only one socket to choose from.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind(("127.0.0.1", PORT))
    threading.Thread(target=serve, args=(number, sock)).start()
