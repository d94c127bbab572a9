import { request } from 'node:http'
import { LxworksError } from '../lib/core/errors.ts'

/** Sends one request to the server on a unix socket. Rejects when it does not answer, or refuses. */
export function ask(
  socketPath: string,
  {
    method,
    path,
    timeoutMs,
  }: { readonly method: string; readonly path: string; readonly timeoutMs?: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const signal = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
    const asked = request(
      { socketPath, method, path, agent: false, ...(signal && { signal }) },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('error', reject)
        response.on('end', () => {
          if (response.statusCode === 200) resolve()
          else reject(refused(text))
        })
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

function refused(text: string): LxworksError {
  return new LxworksError(`the server refused: ${text.trim()}`, {
    kind: 'unavailable',
    code: 'BIN_REFUSED',
  })
}
