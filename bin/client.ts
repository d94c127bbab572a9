import { request } from 'node:http'
import { z } from 'zod'
import { LxworksError } from '../lib/core/errors.ts'

export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly timeoutMs?: number
}

const answer = z.object({
  type: z.enum(['sync', 'async', 'error']),
  error: z.string().catch(''),
  error_code: z.number().catch(0),
  operation: z.string().catch(''),
  metadata: z.unknown(),
})
const operation = z.object({ status_code: z.number(), err: z.string() })
const SUCCESS = 200
const NOT_FOUND = 404

/** Sends one request to the server on a unix socket, and waits for the operation it may become; gives the metadata. Rejects when it does not answer, or refuses. */
export async function ask(socketPath: string, question: Question): Promise<unknown> {
  const first = answer.safeParse(await exchanged(socketPath, question)).data
  if (first === undefined) throw refused('its answer is not of LXD’s API')
  if (first.type === 'error') throw refused(first.error, first.error_code === NOT_FOUND)
  if (first.type === 'sync') return first.metadata
  const path = `${first.operation}/wait`
  const done = operation.parse(await ask(socketPath, { ...question, method: 'GET', path }))
  if (done.status_code !== SUCCESS) throw refused(done.err)
  return done
}

function exchanged(
  socketPath: string,
  { method, path, body, timeoutMs }: Question,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const signal = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const asked = request(
      { socketPath, method, path, headers, agent: false, ...(signal && { signal }) },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => resolve(parsed(Buffer.concat(chunks).toString())))
      },
    )
    asked.on('error', reject)
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refused(why: string, notFound = false): LxworksError {
  return new LxworksError(`the server refused: ${why}`, {
    kind: notFound ? 'notFound' : 'unavailable',
    code: 'BIN_REFUSED',
  })
}
