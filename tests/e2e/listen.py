#!/usr/bin/env python3
"""A server on a free port of loopback for tests of pushes; the port is its first line on stdout.

listen.py ssh CONFIG   starts sshd for each connection, as inetd does
listen.py http ROOT    a small CGI server, around git's own http-backend: the repositories below ROOT, for a user who is logged in

Both give what they start a umask of 0077 and an environment of nothing but what the protocol needs."""
import http.server
import os
import socket
import subprocess
import sys


def ssh(config):
    s = socket.create_server(("127.0.0.1", 0))
    print(s.getsockname()[1], flush=True)
    while True:
        conn, _ = s.accept()
        subprocess.Popen(["/usr/sbin/sshd", "-i", "-f", config], stdin=conn, stdout=conn, stderr=subprocess.DEVNULL, env={})
        conn.close()


class Backend(http.server.BaseHTTPRequestHandler):
    root = None

    def answer(self):
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        env = {
            "GIT_PROJECT_ROOT": self.root, "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": self.command, "PATH_INFO": path,
            "QUERY_STRING": query, "CONTENT_TYPE": self.headers.get("Content-Type") or "", "CONTENT_LENGTH": str(len(body)),
            "REMOTE_USER": "ada", "REMOTE_ADDR": "127.0.0.1", "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
        }
        got = subprocess.run(["/usr/lib/git-core/git-http-backend"], input=body, stdout=subprocess.PIPE, env=env, check=False).stdout
        head, _, rest = got.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")]
        status = [v for k, v in fields if k.lower() == "status"]
        self.send_response(int(status[0].split()[0]) if status else 200)
        for k, v in fields:
            if k.lower() != "status":
                self.send_header(k, v)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


os.umask(0o077)
if sys.argv[1] == "ssh":
    ssh(sys.argv[2])
else:
    Backend.root = sys.argv[2]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    print(server.server_port, flush=True)
    server.serve_forever()
