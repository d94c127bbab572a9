/** One line of the archive program's answer. */
export interface Line {
  readonly progress?: number
  readonly member?: string
  readonly size?: number
  readonly error?: { readonly code: string; readonly message: string; readonly entry?: string }
  readonly done?: Readonly<Record<string, unknown>>
  /** Something may exist from now on that must go when the program is killed. */
  readonly made?: boolean
}

const NEWLINE = 10

/** Takes the program's output apart: lines of JSON, and after the line of a member its bytes. */
export class LineReader {
  readonly members = new Map<string, Buffer>()
  readonly #progress: ((doneBytes: number) => void) | undefined
  #rest: Buffer = Buffer.alloc(0)
  #member: { readonly name: string; readonly size: number } | undefined
  #done: Line['done']
  #failure: Error | undefined
  #made = false

  constructor(progress: ((doneBytes: number) => void) | undefined) {
    this.#progress = progress
  }

  get done(): Line['done'] {
    return this.#done
  }

  get failure(): Error | undefined {
    return this.#failure
  }

  get made(): boolean {
    return this.#made
  }

  feed(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (this.#member ? this.#takeMember(this.#member) : this.#takeLine());
  }

  #takeMember({ name, size }: { readonly name: string; readonly size: number }): boolean {
    if (this.#rest.length < size) return false
    this.members.set(name, Buffer.from(this.#rest.subarray(0, size)))
    this.#rest = this.#rest.subarray(size)
    this.#member = undefined
    return true
  }

  #takeLine(): boolean {
    const end = this.#rest.indexOf(NEWLINE)
    if (end < 0) return false
    const line = JSON.parse(this.#rest.subarray(0, end).toString('utf8')) as Line
    this.#rest = this.#rest.subarray(end + 1)
    this.#take(line)
    return true
  }

  #take(line: Line): void {
    if (line.progress !== undefined) this.#progress?.(line.progress)
    if (line.member !== undefined) this.#member = { name: line.member, size: line.size ?? 0 }
    if (line.made) this.#made = true
    if (line.done) this.#done = line.done
    if (line.error) this.#failure = failureOf(line.error)
  }
}

function failureOf({ code, message, entry }: NonNullable<Line['error']>): Error {
  const subject = entry === undefined ? '' : `${entry.slice(0, SHOWN_CHARS)}: `
  return Object.assign(new Error(oneLine(`${subject}${message}`)), {
    code,
    ...(entry !== undefined && { entry }),
  })
}

const SHOWN_CHARS = 200

/** Names come from the archive: they shall not move a reader's cursor, nor begin a line of their own in a log. */
function oneLine(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029]/gu,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
