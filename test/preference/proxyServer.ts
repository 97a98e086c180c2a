/**
 * Proxies and encrypted judges for tests, on this machine: a proxy that tunnels (CONNECT) and fetches (absolute form), and says no where
 * it is told to; a certificate made by openssl for the time of the test, signed by nobody.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';

export interface SeenByProxy {
  /** `CONNECT judge.test:443`, or `POST http://judge.test/v1/…`. */
  readonly line: string;
  readonly headers: http.IncomingHttpHeaders;
}

export interface ProxyServer {
  /** `127.0.0.1:PORT` */
  readonly name: string;
  readonly seen: readonly SeenByProxy[];
  /** All bytes that went through it or to it, as text. */
  readonly bytes: () => string;
  /** Connections to it that are open. */
  readonly open: () => number;
  close(): Promise<void>;
}

export interface ProxyScript {
  /** A status instead of the way. */
  readonly refuse?: number;
  /** Nothing is said. */
  readonly silent?: boolean;
  /** Where every name leads to: the port of the judge on this machine. */
  readonly port?: number;
}

export async function proxyServer({ refuse, silent = false, port = 0 }: ProxyScript): Promise<ProxyServer> {
  const seen: SeenByProxy[] = [];
  const bytes: Buffer[] = [];
  const sockets = new Set<net.Socket>();
  const server = http.createServer((request, response) => {
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    if (silent) return;
    if (refuse !== undefined) {
      response.writeHead(refuse, { 'proxy-authenticate': 'Basic realm="x"' }).end('<html>no</html>');
      return;
    }
    const { pathname, search } = new URL(request.url ?? '');
    const headers = { ...request.headers };
    delete headers['proxy-authorization'];
    const onward = http.request(
      { host: '127.0.0.1', port, path: pathname + search, method: 'POST', headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
    seen.push({ line: `CONNECT ${request.url}`, headers: request.headers });
    if (silent) {
      socket.on('end', () => socket.end()).resume(); // else its end would not be seen
      return;
    }
    if (refuse !== undefined) {
      socket.end(`HTTP/1.1 ${refuse} No\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 2\r\n\r\nno`);
      return;
    }
    const onward = net.connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.on('data', (part: Buffer) => bytes.push(part));
      socket.pipe(onward);
      onward.pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    socket.on('close', () => onward.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    name: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    open: () => sockets.size,
    bytes: () => Buffer.concat(bytes).toString('latin1'),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
        server.closeAllConnections();
      }),
  };
}

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** The certificate's file, for NODE_EXTRA_CA_CERTS. */
  readonly file: string;
}

/** For judge.test and 127.0.0.1; undefined where there is no openssl. */
export function makeCertificate(folder: string): Certificate | undefined {
  const [key, file] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const names = ['-subj', '/CN=judge.test', '-addext', 'subjectAltName=DNS:judge.test,IP:127.0.0.1'];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  try {
    execFileSync('openssl', [...kind, '-keyout', key, '-out', file, ...names], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return { key: readFileSync(key), cert: readFileSync(file), file };
}

/** Speaks TLS, and hands what comes to the judge on `port`. */
export async function encrypted(
  port: number,
  { key, cert }: Certificate,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = https.createServer({ key, cert }, (request, response) => {
    const { method = 'POST', url: at = '/', headers } = request;
    const onward = http.request({ host: '127.0.0.1', port, path: at, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
