// server.mjs: the usual patch server, as an opponent for `make bench-edge`: it reads and sums the patch for each question, keeps a
// random token in a Map for a minute, and sends the file to who has the token. usage: node server.mjs PATCH; prints its port.
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import express from 'express';

const patch = process.argv[2];
const tokens = new Map();
const app = express();

app.use(express.json());

app.post('/api/patch/version', async (req, res) => {
    const { version, md5 } = req.body ?? {};
    if (!version) return res.status(400).json({ error: 'version required' });
    if (!/^\d+\.\d+\.\d+$/.test(version)) return res.status(400).json({ error: 'Invalid version' });
    const sum = createHash('md5').update(await readFile(patch)).digest('hex');
    if (sum === md5) return res.json({ update: false, message: 'Already up-to-date patch' });
    const token = randomBytes(32).toString('hex');
    tokens.set(token, patch);
    setTimeout(() => tokens.delete(token), 60000);
    res.json({ update: true, version, url: `/api/patch/download/${token}`, md5: sum });
});

app.get('/api/patch/download/:token', (req, res) => {
    const path = tokens.get(req.params.token);
    if (!path) return res.status(404).json({ error: 'Invalid or expired link' });
    res.download(path, basename(path));
});

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
