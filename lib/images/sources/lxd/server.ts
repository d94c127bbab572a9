import type { z } from 'zod'
import type { Cancellable } from '../../../core/cancel.ts'
import { errorMessage } from '../../../core/errors.ts'
import type { ServerAddress } from '../contract.ts'
import { type Answer, type Ask, type Asking, readAll } from '../http.ts'
import { badAddress, insecure } from '../refusals.ts'
import { envelope } from './documents.ts'
import { badAnswer, refusedByServer } from './refusals.ts'

const MOST_JSON_BYTES = 1024 ** 2

/** One server that speaks LXD's API, asked as somebody whom it does not know. */
export class LxdServer {
  readonly #ask: Ask
  readonly #address: ServerAddress
  readonly #url: URL

  constructor(ask: Ask, address: ServerAddress) {
    this.#ask = ask
    this.#address = address
    this.#url = serverUrl(address.server)
  }

  /** How it is called in messages. */
  get name(): string {
    return this.#url.host
  }

  /** `path` holds no character that a URL takes for something else. */
  url(path: string, query: Readonly<Record<string, string | undefined>> = {}): URL {
    const url = new URL(path, this.#url)
    for (const [name, value] of Object.entries({ project: this.#address.project, ...query }))
      if (value !== undefined && value !== '') url.searchParams.set(name, value)
    return url
  }

  ask(url: URL, asking: Omit<Asking, 'certificate'>): Promise<Answer> {
    return this.#ask(url, { ...asking, certificate: this.#address.certificate })
  }

  /** The metadata of an answer; undefined for 404. */
  async read<T>(url: URL, schema: z.ZodType<T>, options: Cancellable): Promise<T | undefined> {
    return this.metadata(await this.ask(url, options), schema, options)
  }

  /** As `read`, of an answer that has come already. */
  async metadata<T>(
    answer: Answer,
    schema: z.ZodType<T>,
    options: Cancellable,
  ): Promise<T | undefined> {
    const { error, metadata } = await this.#envelope(answer, options)
    if (answer.status === 404) return undefined
    if (answer.status >= 300) throw refusedByServer(this.name, error || String(answer.status))
    const found = schema.safeParse(metadata)
    if (found.success) return found.data
    const [issue] = found.error.issues
    throw badAnswer(this.name, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }

  async #envelope(answer: Answer, options: Cancellable): Promise<z.output<typeof envelope>> {
    const text = await readAll(answer, { mostBytes: MOST_JSON_BYTES, ...options })
    try {
      return envelope.parse(JSON.parse(text.toString('utf8')))
    } catch (error) {
      throw badAnswer(this.name, `it is not JSON of LXD's: ${errorMessage(error).slice(0, 200)}`)
    }
  }
}

function serverUrl(server: string): URL {
  if (!URL.canParse(server)) throw badAddress(server, 'it is no URL')
  const url = new URL(server)
  if (url.protocol !== 'https:') throw insecure(server)
  return url
}
