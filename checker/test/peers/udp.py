"""A UDP peer in the manner of the article: `udp.py receive` prints its port, then what arrives until q; `udp.py send PORT` sends its input."""
import socket
import sys

endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if sys.argv[1] == "receive":
    endpoint.bind(("127.0.0.1", 0))
    print(endpoint.getsockname()[1], flush=True)
    while True:
        message = endpoint.recvfrom(65535)[0].decode()
        if message == "q":
            break
        print(message, flush=True)
else:
    for line in sys.stdin:
        endpoint.sendto(line.rstrip("\n").encode(), ("127.0.0.1", int(sys.argv[2])))
endpoint.close()
