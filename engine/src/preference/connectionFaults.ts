/** Why a judge was not reached, as a fault with what to do: the proxy between, a certificate, or the connection itself. */
import { JudgeError } from './judge.ts';

/** A proxy's own answer, instead of the way to `host` that it was asked for. `named`: it was told a name and a password. */
export function proxyRefusal(status: number, proxy: string, host: string, named: boolean): JudgeError {
  if (status === 407)
    return new JudgeError(
      'stop',
      named
        ? `the proxy ${proxy} refuses the name and password it was given (407)`
        : `the proxy ${proxy} wants a name and a password (407)`,
      {
        remedy: `Write them into its address, http://NAME:PASSWORD@${proxy}, in HTTPS_PROXY or HTTP_PROXY, or in the editor http.proxy.`,
      },
    );
  if (status >= 500 || status === 408 || status === 429)
    return new JudgeError('again', `the proxy ${proxy} answers ${status} when it is asked for ${host}`);
  return new JudgeError('stop', `the proxy ${proxy} does not let through to ${host} (${status})`, {
    remedy:
      'Ask who runs it; where the host can be reached without it, name that in NO_PROXY, or in the editor http.noProxy.',
  });
}

/** `proxy`: where it is the one that was not reached. */
export function connectionFault(error: unknown, host: string, proxy: string | undefined): JudgeError {
  const code = codeOf(error);
  const who = proxy === undefined ? host : `the proxy ${proxy}`;
  if (/^(CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/.test(code))
    return new JudgeError('stop', `${who} shows a certificate that is not trusted (${code})`, {
      remedy: code.startsWith('CERT_HAS_EXPIRED')
        ? 'See to the date of this machine, or tell who runs it.'
        : 'Where a company signs connections itself, set NODE_EXTRA_CA_CERTS to the file of its certificate (PEM) before the start.',
    });
  if (proxy === undefined) return new JudgeError('again', `the connection failed (${code})`);
  const remedy = 'See to the address of the proxy: HTTPS_PROXY or HTTP_PROXY, or in the editor http.proxy.';
  const gone = /^(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH)$/.test(code);
  return new JudgeError(gone ? 'stop' : 'again', `the proxy ${proxy} cannot be reached (${code})`, { remedy });
}

/** `ECONNREFUSED`, or what is said where there is no code. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
