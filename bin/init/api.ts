import { ask, type Question } from '../client.ts'

/** The server that is set up. */
export interface Api {
  /** The metadata of the answer. Kind `notFound` for what is not there. */
  call(method: Question['method'], path: string, body?: unknown): Promise<unknown>
}

export function apiOn(socketPath: string): Api {
  return {
    call: (method, path, body) =>
      ask(socketPath, { method, path, ...(body !== undefined && { body }) }),
  }
}
