import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Envelope } from './envelope.ts'

interface LongList extends Envelope {
  readonly metadata: readonly unknown[]
}

const LONG = 64
const PART = 65_536

/** Whether the text of an answer is better never whole. */
export function isLong(envelope: Envelope): envelope is LongList {
  return Array.isArray(envelope.metadata) && envelope.metadata.length > LONG
}

/**
 * Sends a list part by part, as fast as the client takes it: of thousands of objects only a few are text at any time. Rejects when
 * the client leaves in the middle.
 */
export async function sendList(
  response: ServerResponse,
  status: number,
  envelope: LongList,
): Promise<void> {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  await pipeline(Readable.from(parts(envelope), { objectMode: false }), response)
}

function* parts({ metadata, ...rest }: LongList): Generator<Buffer> {
  // The metadata are the last of an envelope's fields.
  let text = `${JSON.stringify(rest).slice(0, -1)},"metadata":[`
  for (const [index, one] of metadata.entries()) {
    text += `${index === 0 ? '' : ','}${JSON.stringify(one)}`
    if (text.length < PART) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(`${text}]}\n`)
}
