"""The Fernet of Python's `cryptography`: `fernet.py encrypt|decrypt KEY`, input and output as they are."""
import sys

from cryptography.fernet import Fernet

work = getattr(Fernet(sys.argv[2].encode()), sys.argv[1])
sys.stdout.buffer.write(work(sys.stdin.buffer.read()))
