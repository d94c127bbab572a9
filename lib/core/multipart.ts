import { LxworksError } from './errors.ts'

/** One part of a multipart body. */
export interface Part {
  readonly name: string
  readonly filename: string
  /** Must be read to its end before the next part is asked for. */
  readonly content: AsyncIterable<Buffer>
}

const MAX_HEADER_BYTES = 16_384
const LINE_END = '\r\n'

/** The boundary of a multipart/form-data body; undefined for any other type. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (!/^multipart\/form-data\s*;/i.test(contentType ?? '')) return undefined
  const [, quoted, plain] =
    /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? '') ?? []
  const boundary = quoted ?? plain
  if (boundary === undefined) throw malformed('it names no boundary')
  return boundary
}

/** Takes a multipart body apart as it comes; never holds more than a chunk and a boundary. */
export async function* multipart(
  source: AsyncIterable<Buffer>,
  boundary: string,
): AsyncGenerator<Part, void, void> {
  const reader = new Reader(source)
  // The first boundary may lack the line end that belongs to the others.
  reader.prepend(Buffer.from(LINE_END))
  const delimiter = Buffer.from(`${LINE_END}--${boundary}`)
  for await (const _ of reader.until(delimiter));
  for (;;) {
    const mark = String(await reader.exactly(2))
    if (mark === '--') return
    if (mark !== LINE_END) throw malformed('a boundary is followed by something else')
    const headers = await head(reader)
    yield { ...named(headers), content: reader.until(delimiter) }
  }
}

async function head(reader: Reader): Promise<string> {
  const end = Buffer.from(`${LINE_END}${LINE_END}`)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of reader.until(end)) {
    bytes += chunk.length
    if (bytes > MAX_HEADER_BYTES) throw malformed('the headers of a part are too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function named(headers: string): Pick<Part, 'name' | 'filename'> {
  const disposition = /^content-disposition:(.*)$/im.exec(headers)?.[1] ?? ''
  const [, name] = /;\s*name="([^"]*)"/i.exec(disposition) ?? []
  if (name === undefined) throw malformed('a part has no name')
  const [, filename = ''] = /;\s*filename="([^"]*)"/i.exec(disposition) ?? []
  return { name, filename }
}

class Reader {
  readonly #source: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  prepend(bytes: Buffer): void {
    this.#held = Buffer.concat([bytes, this.#held])
  }

  /** What comes before `mark`, which is taken too. */
  async *until(mark: Buffer): AsyncGenerator<Buffer, void, void> {
    for (;;) {
      const at = this.#held.indexOf(mark)
      if (at >= 0) {
        const before = this.#held.subarray(0, at)
        this.#held = this.#held.subarray(at + mark.length)
        if (before.length > 0) yield before
        return
      }
      // The end may be the beginning of the mark.
      const sure = Math.max(0, this.#held.length - mark.length + 1)
      const before = this.#held.subarray(0, sure)
      this.#held = this.#held.subarray(sure)
      if (before.length > 0) yield before
      await this.#more()
    }
  }

  async exactly(bytes: number): Promise<Buffer> {
    while (this.#held.length < bytes) await this.#more()
    const taken = this.#held.subarray(0, bytes)
    this.#held = this.#held.subarray(bytes)
    return taken
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#source.next()
    if (done) throw malformed('it ends in the middle')
    this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value])
  }
}

function malformed(why: string): LxworksError {
  return new LxworksError(`the multipart body is malformed: ${why}; send it anew`, {
    kind: 'invalid',
    code: 'CORE_BAD_MULTIPART',
  })
}
