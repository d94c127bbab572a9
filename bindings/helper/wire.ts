/** Requests and answers of the helper: NUL-terminated strings, one message each (see src/wire.c). */
export interface Answer {
  readonly fields: readonly string[]
  readonly fds: readonly number[]
}

export interface ReplyMessage {
  readonly id: string
  readonly status: 'ready' | 'more' | 'executed' | 'ok' | 'error'
  readonly fields: readonly string[]
}

const MESSAGE_BYTES = 1024 * 1024
const STATUSES = new Set(['ready', 'more', 'executed', 'ok', 'error'])

export function requestMessage(id: string, words: readonly string[]): Buffer {
  const strings = [id, ...words]
  if (strings.some((text) => text.includes('\0')))
    throw failure('EINVAL', 'A value for the helper contains a NUL byte')
  const message = Buffer.from(`${strings.join('\0')}\0`)
  if (message.length > MESSAGE_BYTES)
    throw failure('E2BIG', `A request of ${message.length} bytes is larger than 1 MiB`)
  return message
}

export function replyMessage(bytes: Buffer): ReplyMessage {
  const [id, status, ...fields] = bytes.toString().split('\0').slice(0, -1)
  if (id === undefined || !isStatus(status))
    throw failure('EPROTO', 'The helper sent an answer that is not understood')
  return { id, status, fields }
}

function isStatus(text: string | undefined): text is ReplyMessage['status'] {
  return text !== undefined && STATUSES.has(text)
}

/** The error that an answer with status `error` tells of. */
export function replyError(fields: readonly string[]): Error {
  const [code = 'EPROTO', errno = '0', message = 'The helper failed without a reason'] = fields
  return Object.assign(new Error(message), { code, errno: Number(errno) })
}

export function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

export function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}

export function number(fields: readonly string[], index: number): number {
  const value = Number(fields[index] ?? 'absent')
  if (Number.isNaN(value)) throw failure('EPROTO', 'The helper sent no number where one belongs')
  return value
}

export function descriptor(answer: Answer, index: number): number {
  const fd = answer.fds[index]
  if (fd === undefined) throw failure('EPROTO', 'The helper sent no descriptor where one belongs')
  return fd
}
