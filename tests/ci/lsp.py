#!/usr/bin/env python3
"""lsp.py: what GitHub's own language server says of workflows and actions. usage: lsp.py SERVER FILE...

Prints FILE:LINE: message for each finding; exit 1 when there is one, 2 when a file got no answer."""
import json
import os
import subprocess
import sys


def send(p, method, params, number=None):
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    if number is not None:
        message["id"] = number
    body = json.dumps(message).encode()
    p.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    p.stdin.flush()


def receive(p):
    size = 0
    while (line := p.stdout.readline().strip()):
        if line.lower().startswith(b"content-length:"):
            size = int(line.split(b":")[1])
    return json.loads(p.stdout.read(size)) if size else None


def main():
    server, files = sys.argv[1], [os.path.abspath(f) for f in sys.argv[2:]]
    with subprocess.Popen(["node", server, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        send(p, "initialize", {"processId": None, "rootUri": None, "capabilities": {}, "initializationOptions": {}}, 1)
        receive(p)
        send(p, "initialized", {})
        waiting = {}
        for f in files:
            # A file is judged by its name: action.yml, or a workflow.
            uri = "file://" + (f if f.endswith("action.yml") else "/repo/.github/workflows/" + os.path.basename(f))
            waiting[uri] = f
            text = open(f, encoding="utf-8").read()
            send(p, "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}})
        found = 0
        while waiting:
            message = receive(p)
            if message is None:
                return 2
            if message.get("method") == "textDocument/publishDiagnostics":
                name = waiting.pop(message["params"]["uri"], None)
                for d in message["params"]["diagnostics"]:
                    found += 1
                    print(f"{name}:{d['range']['start']['line'] + 1}: {d['message']}")
            elif "id" in message and "method" in message:
                body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": None}).encode()
                p.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
                p.stdin.flush()
        p.kill()
        return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
